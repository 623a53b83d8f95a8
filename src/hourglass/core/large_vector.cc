#include "hourglass/core/large_vector.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
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
constexpr size_t kSmallestFile = size_t{4} << 20;

// What lies before the memory of a vector.
struct alignas(64) Block {
  int file = -1;          // none: ordinary memory
  size_t file_bytes = 0;  // the block is the end of the first page
};

Block& BlockOf(const void* memory) {
  return static_cast<Block*>(const_cast<void*>(memory))[-1];
}

// Not /tmp by default, which may be memory.
std::string ScratchFolder() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != 0 ? folder : "/var/tmp";
}

// For files; 0 if they would lie in memory, or cannot be made.
uint64_t RoomOnDisk() {
  struct statfs disk = {};
  const std::string folder = ScratchFolder();
  if (::access(folder.c_str(), W_OK) != 0 || ::statfs(folder.c_str(), &disk) != 0) return 0;
  if (disk.f_type == TMPFS_MAGIC || disk.f_type == RAMFS_MAGIC) return 0;
  return static_cast<uint64_t>(disk.f_bavail) * static_cast<uint64_t>(disk.f_bsize);
}

bool IsBetterOnDisk(size_t bytes) {
  return bytes >= kSmallestFile && bytes > static_cast<size_t>(AvailableMemory()) / 8 &&
         bytes + PageBytes() <= RoomOnDisk();
}

void* MemoryAfter(void* start, size_t offset, Block block) {
  auto* place = reinterpret_cast<Block*>(static_cast<uint8_t*>(start) + offset) - 1;
  return new (place) Block(block) + 1;
}

// Negative if the folder does not allow it.
int OpenScratchFile() {
  const std::string folder = ScratchFolder();
  const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0) return file;
  std::string name = folder + "/hourglass-XXXXXX";  // some file systems, as of containers, need a name
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

void* AllocateOnDisk(size_t bytes) {
  const std::string what =
      fmt::format("cannot make a temporary file of {} bytes in {}", bytes, ScratchFolder());
  const auto refuse = [&] {
    return ErrnoError(what, "free space there, or set TMPDIR to a folder on a disk with more");
  };
  const size_t all = PageBytes() + bytes;
  const int file = OpenScratchFile();
  if (file < 0) throw refuse();
  // Room is taken first: later, a full disk would end the program at some write to memory.
  errno = ::posix_fallocate(file, 0, static_cast<off_t>(all));
  void* start = errno == 0 ? ::mmap(nullptr, all, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
  if (start == MAP_FAILED) {
    const Error error = refuse();
    ::close(file);
    throw error;
  }
  return MemoryAfter(start, PageBytes(), {.file = file, .file_bytes = all});
}

// The whole pages around a part of memory that lies in a file.
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
  if (IsBetterOnDisk(bytes)) return AllocateOnDisk(bytes);
  return MemoryAfter(::operator new(sizeof(Block) + bytes, kCacheLine), sizeof(Block), {});
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
