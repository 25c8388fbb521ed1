// Convolutions on the tensor cores: Patches as an operand of tensor_gemm.
#pragma once
#include "dlc/conv.cuh"
#include "dlc/tensor_gemm.cuh"
