from . import conversions, copies, floats, hopper, integers, matrices, mma, warps, wgmma

ALL = [integers, warps, floats, conversions, mma, matrices, copies, hopper, wgmma]
