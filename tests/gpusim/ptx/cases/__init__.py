from . import conversions, copies, floats, hopper, integers, matrices, memory, mma, warps, wgmma

ALL = [integers, memory, warps, floats, conversions, mma, matrices, copies, hopper, wgmma]
