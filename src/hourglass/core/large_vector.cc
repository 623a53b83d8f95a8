#include "hourglass/core/large_vector.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "hourglass/core/available_memory.h"
#include "hourglass/core/error.h"
#include "hourglass/core/pages.h"

namespace hourglass {
namespace {

constexpr std::align_val_t kCacheLine{64};
// Smaller vectors always lie in memory.
constexpr size_t kSmallestFile = size_t{16} << 20;
constexpr double kMiB = 1 << 20;

// What lies before the memory of a vector.
struct alignas(64) Block {
  int file = -1;          // none: ordinary memory
  size_t file_bytes = 0;  // the block is the end of the first page
};

Block& BlockOf(const void* memory) {
  return static_cast<Block*>(const_cast<void*>(memory))[-1];
}

bool IsBetterOnDisk(size_t bytes) {
  return bytes >= kSmallestFile && bytes > static_cast<size_t>(AvailableMemory()) / 4;
}

// /tmp may be memory.
std::string ScratchFolder() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != 0 ? folder : "/var/tmp";
}

void* MemoryAfter(void* start, size_t offset, Block block) {
  auto* place = reinterpret_cast<Block*>(static_cast<uint8_t*>(start) + offset) - 1;
  return new (place) Block(block) + 1;
}

// Negative if the folder does not allow it.
int OpenScratchFile() {
  const std::string folder = ScratchFolder();
  const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0 || errno == ENOENT) return file;
  std::string name = folder + "/hourglass-XXXXXX";  // some file systems, as of containers, need a name
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

// Takes room for the file first: later, a full disk would end the program at some write to memory.
bool TakeRoom(int file, size_t bytes) {
  struct statvfs disk = {};
  if (::fstatvfs(file, &disk) != 0) return false;
  const uint64_t free = uint64_t{disk.f_bavail} * disk.f_frsize;  // else the attempt would fill the disk
  return bytes <= free && ::posix_fallocate(file, 0, static_cast<off_t>(bytes)) == 0;
}

// Null if there is no folder for such files, or no room.
void* AllocateOnDisk(size_t bytes) {
  const size_t all = PageBytes() + bytes;
  const int file = OpenScratchFile();
  if (file < 0) return nullptr;
  void* start =
      TakeRoom(file, all) ? ::mmap(nullptr, all, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
  if (start == MAP_FAILED) {
    ::close(file);
    return nullptr;
  }
  return MemoryAfter(start, PageBytes(), {.file = file, .file_bytes = all});
}

void* AllocateInMemory(size_t bytes) {
  return MemoryAfter(::operator new(sizeof(Block) + bytes, kCacheLine), sizeof(Block), {});
}

Error NoRoom(size_t bytes) {
  return SystemError(
      {.what = "not enough memory, and not enough room on disk to do without",
       .expected = fmt::format("{:.0f} MiB in {}", static_cast<double>(bytes) / kMiB, ScratchFolder()),
       .got = fmt::format("{:.0f} MiB of memory available", static_cast<double>(AvailableMemory()) / kMiB),
       .hint = "free space there, or set TMPDIR to a folder on a disk with more"});
}

// The whole pages around a part of the mapping of `block`.
struct Pages {
  Pages(const void* memory, size_t begin, size_t bytes)
      : offset((PageBytes() + begin) / PageBytes() * PageBytes()),
        size(PageBytes() + begin + bytes - offset),
        data(static_cast<uint8_t*>(const_cast<void*>(memory)) - PageBytes() + offset) {}

  size_t offset, size;  // in the file
  void* data;
};

}  // namespace

size_t BytesInMemory(size_t bytes) {
  return IsBetterOnDisk(bytes) ? 0 : bytes;
}

void* AllocateLarge(size_t bytes) {
  if (!IsBetterOnDisk(bytes)) return AllocateInMemory(bytes);
  if (void* memory = AllocateOnDisk(bytes)) return memory;
  if (bytes > static_cast<size_t>(AvailableMemory())) throw NoRoom(bytes);
  return AllocateInMemory(bytes);
}

void FreeLarge(void* memory) {
  const Block block = BlockOf(memory);
  if (block.file < 0) {
    ::operator delete(&BlockOf(memory), kCacheLine);
    return;
  }
  ::munmap(static_cast<uint8_t*>(memory) - PageBytes(), block.file_bytes);
  ::close(block.file);
}

void BeginToReadLarge(const void* memory, size_t begin, size_t bytes) {
  if (bytes == 0 || BlockOf(memory).file < 0) return;
  const Pages pages(memory, begin, bytes);
  ::madvise(pages.data, pages.size, MADV_WILLNEED);
}

void LetGoOfLarge(const void* memory, size_t begin, size_t bytes) {
  if (bytes == 0 || BlockOf(memory).file < 0) return;
  const Pages pages(memory, begin, bytes);
  const int file = BlockOf(memory).file;
  const auto offset = static_cast<off_t>(pages.offset), size = static_cast<off_t>(pages.size);
  // Pages in use elsewhere or still to be written stay, so that nothing is lost.
  ::madvise(pages.data, pages.size, MADV_DONTNEED);
  ::sync_file_range(file, offset, size,
                    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  ::posix_fadvise(file, offset, size, POSIX_FADV_DONTNEED);
}

}  // namespace hourglass
