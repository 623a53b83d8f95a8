// Fetches archives from a local HTTP server: what is needed of them is unpacked, and nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <thread>

#include "data/archive_writer.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/hash.h"
#include "hourglass/fetch/fetch.h"
#include "support/scoped_variable.h"
#include "support/temporary_directory.h"

namespace hourglass {
namespace {

using test::TemporaryDirectory;
using ::testing::AllOf;
using testing::ArchiveKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MemberToWrite;
using ::testing::UnorderedElementsAre;
using Event = FetchEvent::Kind;

namespace fs = std::filesystem;

class FetchArchiveTest : public ::testing::Test {
 protected:
  FetchArchiveTest() {
    // cpp-httplib handles Range requests itself.
    server_.Get("/good/set.tar.gz", [&](const httplib::Request& request, httplib::Response& response) {
      ++requests_;
      range_ = request.get_header_value("Range");
      response.set_content(sent_, "application/octet-stream");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ~FetchArchiveTest() override {
    server_.stop();
    thread_.join();
  }

  // Lets the server send an archive of `members`, whose checksum is right; of it, "in/a.bin" and "in/b.bin"
  // are needed.
  FetchOptions Publish(const std::vector<MemberToWrite>& members, ArchiveKind kind = ArchiveKind::kTarGz) {
    sent_ = testing::ArchiveOf(kind, members);
    return {.files = {{.name = "set.tar.gz",
                       .sha256 = Sha256(sent_),
                       .bytes = sent_.size(),
                       .of = PublishedFile::Of::kFile,
                       .members = {"in/a.bin", "in/b.bin"},
                       .unpacked_bytes = 2000}},
            .mirrors = {"http://127.0.0.1:" + std::to_string(port_) + "/good/"},
            .folder = folder_ / "set",
            .stall_seconds = 1};
  }

  std::vector<Event> Run(const FetchOptions& options) {
    std::vector<Event> events;
    FetchFiles(options, [&](const FetchEvent& event) {
      if (event.kind != Event::kProgress) events.push_back(event.kind);
    });
    return events;
  }
  std::string ErrorOf(const FetchOptions& options, ErrorKind kind = ErrorKind::kData) {
    try {
      Run(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }
  // The names of the files in and beside the folder, without the lock.
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      const std::string name = fs::relative(entry.path(), folder_ / "set").string();
      if (!entry.is_directory() && name.find("lock") == std::string::npos) names.push_back(name);
    }
    return names;
  }

  const std::vector<MemberToWrite> good_ = {
      {"in/readme.html", "not needed"}, {"in/a.bin", std::string(900, 'a')}, {"in/b.bin", "bb"}};
  TemporaryDirectory folder_;
  std::string sent_;
  int requests_ = 0;
  std::string range_;
  test::ScopedVariable no_proxy_{"no_proxy", "127.0.0.1"};

 private:
  httplib::Server server_;
  std::thread thread_;
  int port_ = 0;
};

TEST_F(FetchArchiveTest, UnpacksWhatIsNeededOnce) {
  for (const ArchiveKind kind : {ArchiveKind::kTarGz, ArchiveKind::kZip}) {
    fs::remove_all(folder_ / "set");
    requests_ = 0;
    const FetchOptions options = Publish(good_, kind);
    EXPECT_THAT(Run(options), ElementsAre(Event::kStarted, Event::kDone));
    EXPECT_THAT(Files(), UnorderedElementsAre("a.bin", "b.bin", "SHA256SUMS"));
    EXPECT_EQ(ReadFile(folder_ / "set/a.bin"), std::string(900, 'a'));
    EXPECT_THAT(ReadFile(folder_ / "set/SHA256SUMS"), HasSubstr(Sha256("bb") + "  b.bin\n"));
    EXPECT_THAT(Run(options), ElementsAre(Event::kPresent));
    EXPECT_EQ(requests_, 1);
  }
}

TEST_F(FetchArchiveTest, UnpacksAnArchiveThatWasCopiedThere) {
  FetchOptions options = Publish(good_);
  options.offline = true;
  fs::create_directories(folder_ / "set");
  EXPECT_THAT(ErrorOf(options, ErrorKind::kFailure), HasSubstr("has no valid set.tar.gz"));
  folder_.Write("set/set.tar.gz", sent_);
  EXPECT_THAT(Run(options), ElementsAre(Event::kPresent));
  EXPECT_EQ(ReadFile(folder_ / "set/b.bin"), "bb");
  EXPECT_EQ(requests_, 0);
}

TEST_F(FetchArchiveTest, ADamagedArchiveIsNotUnpacked) {
  const FetchOptions options = Publish(good_);
  sent_[sent_.size() / 2] ^= 1;
  EXPECT_THAT(ErrorOf(options, ErrorKind::kFailure), HasSubstr("wrong content"));
  EXPECT_THAT(Files(), ElementsAre());
}

TEST_F(FetchArchiveTest, ResumesAnArchive) {
  const FetchOptions options = Publish(good_);
  fs::create_directories(folder_ / "set");
  folder_.Write("set/set.tar.gz.part", sent_.substr(0, 70));
  EXPECT_THAT(Run(options), ElementsAre(Event::kStarted, Event::kDone));
  EXPECT_EQ(range_, "bytes=70-");
  EXPECT_THAT(Files(), UnorderedElementsAre("a.bin", "b.bin", "SHA256SUMS"));
}

// As after a crash between two members.
TEST_F(FetchArchiveTest, GoesOnWhereUnpackingWasInterrupted) {
  const FetchOptions options = Publish(good_);
  fs::create_directories(folder_ / "set");
  folder_.Write("set/set.tar.gz.part", sent_);
  folder_.Write("set/a.bin", std::string(900, 'a'));
  EXPECT_THAT(Run(options), ElementsAre(Event::kStarted, Event::kDone));
  EXPECT_EQ(ReadFile(folder_ / "set/b.bin"), "bb");
  fs::remove(folder_ / "set/b.bin");
  EXPECT_THAT(Run(options), ElementsAre(Event::kStarted, Event::kDone));
  EXPECT_EQ(ReadFile(folder_ / "set/b.bin"), "bb");
}

TEST_F(FetchArchiveTest, NamesAMissingMember) {
  EXPECT_THAT(ErrorOf(Publish({good_[0], good_[1]})), HasSubstr("set.tar.gz does not hold in/b.bin"));
  EXPECT_FALSE(fs::exists(folder_ / "set/SHA256SUMS"));
  // A link is no file.
  EXPECT_THAT(ErrorOf(Publish({good_[1], {"in/b.bin", "", "in/a.bin"}})),
              HasSubstr("in/b.bin is a hard link to in/a.bin"));
  EXPECT_THAT(ErrorOf(Publish({good_[1], good_[2], good_[2]})), HasSubstr("in/b.bin twice"));
}

TEST_F(FetchArchiveTest, WritesNoNameThatTheArchiveGives) {
  fs::create_directories(folder_ / "set");
  const FetchOptions options = Publish({{"../a.bin", "outside"},
                                        {"/in/a.bin", "absolute"},
                                        {"a.bin", "another"},
                                        {"in/../in/a.bin", "roundabout"},
                                        {"in/./b.bin", "roundabout"},
                                        {"in/link", "", "../../.."},
                                        {"in/link/c.bin", "through a link"},
                                        good_[1],
                                        good_[2]});
  EXPECT_THAT(Run(options), ElementsAre(Event::kStarted, Event::kDone));
  EXPECT_THAT(Files(), UnorderedElementsAre("a.bin", "b.bin", "SHA256SUMS"));
  EXPECT_EQ(ReadFile(folder_ / "set/a.bin"), std::string(900, 'a'));
  EXPECT_EQ(ReadFile(folder_ / "set/b.bin"), "bb");
}

TEST_F(FetchArchiveTest, UnpacksNoMoreThanExpected) {
  EXPECT_THAT(ErrorOf(Publish({{"in/a.bin", std::string(1 << 20, '0')}, good_[2]})),
              AllOf(HasSubstr("holds more"), HasSubstr("in/a.bin")));
  EXPECT_FALSE(fs::exists(folder_ / "set/a.bin"));
}

TEST_F(FetchArchiveTest, NeverOverwritesAnotherFile) {
  const FetchOptions options = Publish(good_);
  fs::create_directories(folder_ / "set");
  folder_.Write("set/b.bin", "mine");
  EXPECT_THAT(ErrorOf(options), AllOf(HasSubstr("b.bin already exists"), HasSubstr(Sha256("bb"))));
  EXPECT_EQ(ReadFile(folder_ / "set/b.bin"), "mine");
  fs::remove(folder_ / "set/b.bin");
  EXPECT_THAT(Run(options), ElementsAre(Event::kStarted, Event::kDone));
  folder_.Write("set/a.bin", "changed");
  EXPECT_THAT(ErrorOf(options), HasSubstr("a.bin already exists"));
}

}  // namespace
}  // namespace hourglass
