#!/usr/bin/env bash
# Tests the tests of the CUDA backend: takes away its barriers, bounds and waits, one at a time, and expects cuda_test to
# fail each time. Works on a copy of the last commit in build/mutants. Takes about 20 minutes on 2 cores.
#
# usage: scripts/mutate_cuda.sh [text]      text: only mutants whose file or code contains it
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

(($# <= 1)) || { printf 'usage: scripts/mutate_cuda.sh [text]\n' >&2; exit 2; }
only=${1-}

copy=$root/build/mutants
rm -rf "$copy/src" "$copy/tests"
mkdir -p "$copy"
git -C "$root" archive HEAD | tar -xm -C "$copy"  # -m: else ninja would take the last mutant for the original
export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-$(command -v ccache)}
cmake -G Ninja -S "$copy" -B "$copy/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1 -DHOURGLASS_UNITY=OFF \
  -DHOURGLASS_TESTS=ON >"$copy/log" 2>&1 || die "cannot configure build/mutants" "see build/mutants/log"

# Whether cuda_test fails.
caught() {
  cmake --build "$copy/build" --target cuda_test >"$copy/log" 2>&1 || die "a mutant does not compile" "see build/mutants/log"
  ! timeout 300 "$copy/build/tests/cuda/cuda_test" --gtest_fail_fast --gtest_brief=1 >"$copy/log" 2>&1
}

caught && die "cuda_test fails even without a change" "see build/mutants/log"
mutants=0 survived=0

# mutant <file of src/hourglass/cuda, or ../another> <code> <what replaces it>; the code occurs once.
mutant() {
  local file=$copy/src/hourglass/cuda/$1 original
  [[ "$1 $2" == *"$only"* ]] || return 0
  original=$(<"$file")
  [[ $original == *"$2"* ]] || die "src/hourglass/cuda/$1 no longer has this code:" "$2"
  printf '%s\n' "${original/"$2"/"$3"}" >"$file"
  ((++mutants))
  if caught; then
    printf 'caught    %s: %s\n' "$1" "${2//$'\n'/ }"
  else
    printf 'SURVIVED  %s: %s\n' "$1" "${2//$'\n'/ }"
    ((++survived))
  fi
  printf '%s\n' "$original" >"$file"
}

# Barriers, and what cooperating threads may do.
mutant language.h $'  barrier();\n  double sum = 0;' '  double sum = 0;'
mutant language.h '  barrier();  // before the next sum overwrites the parts' ''
mutant language.h 'down > 0; down /= 2' 'down > 1; down /= 2'
mutant language.h 'if (thread % kWarp == 0) parts' 'parts'
mutant launcher.h 'if (ThreadInBlock() == 0) parts[BlockInGrid()]' 'parts[BlockInGrid()]'
mutant launcher.h 'if (ThreadInBlock() == 0) *to' '*to'

# Bounds.
mutant launcher.h 'i < count; i += ThreadsInGrid()) body' 'i <= count; i += ThreadsInGrid()) body'
mutant launcher.h 'i < count; i += ThreadsInGrid()) sum' 'i <= count; i += ThreadsInGrid()) sum'
mutant launcher.h 'i < count; i += ThreadsPerBlock()' 'i <= count; i += ThreadsPerBlock()'
mutant launcher.h 'i < count; i += ThreadsPerBlock()' 'i < 1; i += ThreadsPerBlock()'
mutant row_sums.h 'std::min(begin + chunk, rows)' 'begin + chunk'
mutant row_sums.h 'part < chunks' 'part <= chunks'
mutant convolution.cc 'row < 0 || ' ''
mutant convolution.cc 'row >= height || ' ''
mutant convolution.cc 'column < 0 || ' ''
mutant convolution.cc ' || column >= width' ''
mutant convolution.cc 'i < conv.kernel; i += stride' 'i <= conv.kernel; i += stride'
mutant convolution.cc 'j < conv.kernel; j += stride' 'j <= conv.kernel; j += stride'
# Not `column < conv.small.width`: one more column adds 0, because ConvMaps::At is 0 outside of an image.
mutant ../backend/image_change.h 'std::clamp(centre - 0.5f - static_cast<float>(moved), 0.0f, size - 1)' \
  '(centre - 0.5f - static_cast<float>(moved))'
mutant ../backend/image_change.h 'std::min(first + 1, pixels - 1)' 'first + 1'
mutant ssim_loss.cc 'std::max<int64_t>(h - plane.K + 1, 0)' 'h - plane.K + 1'
mutant ssim_loss.cc 'std::min(h, plane.rows() - 1)' 'h'
mutant ssim_loss.cc 'std::max<int64_t>(w - plane.K + 1, 0)' 'w - plane.K + 1'
mutant ssim_loss.cc 'std::min(w, plane.columns() - 1)' 'w'
mutant code_losses.cc 'if (j == i) continue;' ''
mutant code_losses.cc 'if (codes.partners[i] < 0) return 0.0;' ''
mutant code_losses.cc 'c < d && length > 0' 'c < d'
mutant code_losses.cc 'length > 0 ? static_cast<float>' 'length >= 0 ? static_cast<float>'

# Waits, and what has to be sent before them.
mutant stream.cc $'  Send();\n  native_.CopyFromHost' '  native_.CopyFromHost'
mutant stream.cc $'  Send();\n  native_.CopyToHost' '  native_.CopyToHost'
mutant stream.cc $'  Send();\n  native_.Wait' '  native_.Wait'
mutant stream.cc $'  Send();\n  native_.Wait();' '  Send();'
mutant stream.cc $'  SendInputs();\n  work_.Run' '  work_.Run'
mutant stream.cc $'  SendInputs();\n  RunStep' '  RunStep'
mutant stream.cc 'std::ranges::find(steps_, work_, &Step::work)' 'steps_.begin()'
mutant stream.cc 'if (bytes > 0) std::memcpy(inputs.values' 'if (bytes > 999) std::memcpy(inputs.values'
mutant element_operations.cc 'launcher.stream().CopyToHost(&others' 'launcher.stream().CopyFromHost(sum.data(), &others, sizeof others); (void)(&others'

say "$((mutants - survived)) of $mutants mutants were caught"
((survived == 0))
