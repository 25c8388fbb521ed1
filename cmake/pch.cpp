// Carries the precompiled header; see DlcLLVM.cmake.
