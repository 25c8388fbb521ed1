from . import conversions, copies, floats, hopper, matrices, mma, wgmma

ALL = [floats, conversions, mma, matrices, copies, hopper, wgmma]
