# NVIDIA's compiler and libraries: those given by CMAKE_CUDA_COMPILER or $CUDACXX, else those that `scripts/setup.sh cuda`
# installed, which it does only if $PATH has no nvcc of CUDA 12 or newer, else those in $PATH.
if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
  file(GLOB installed ${PROJECT_SOURCE_DIR}/build/cuda-toolkit/lib/python3*/site-packages/nvidia/cu*)
  find_program(nvcc_in_path nvcc NO_CACHE)
  if(installed)
    list(GET installed 0 installed)
    set(CMAKE_CUDA_COMPILER ${installed}/bin/nvcc CACHE FILEPATH "NVIDIA's compiler")
    set(CUDAToolkit_ROOT ${installed} CACHE PATH "NVIDIA's toolkit")
  elseif(NOT nvcc_in_path)
    message(FATAL_ERROR "HOURGLASS_CUDA needs NVIDIA's toolkit: run scripts/setup.sh cuda, or give CMAKE_CUDA_COMPILER")
  endif()
endif()
if(NOT CMAKE_CUDA_ARCHITECTURES)
  # Newer GPUs compile the code for 90 when the module is loaded.
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90 CACHE STRING "Kinds of GPUs to compile kernels for: A100, H100 and alike")
endif()
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 does not know that nvcc compiles C++20
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
endif()
if(NOT TARGET CUDA::nvToolsExt)
  add_library(CUDA::nvToolsExt INTERFACE IMPORTED)  # CMake 3.25 fails without it, and toolkits since 13 do not have it
endif()
find_package(CUDAToolkit 12 REQUIRED)
