// Fetches from a local HTTP server that fails in all the ways that mirrors do.
#include "hourglass/fetch/fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <thread>

#include "data/idx_writer.h"
#include "hourglass/core/error.h"
#include "hourglass/core/file.h"
#include "hourglass/core/folder_lock.h"
#include "hourglass/core/hash.h"

namespace hourglass {
namespace {

using test::TemporaryDirectory;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::Gzip;
using ::testing::HasSubstr;
using testing::Idx;
using testing::ScopedVariable;
using Kind = FetchEvent::Kind;

constexpr char kName[] = "images.gz";

// A server on 127.0.0.1 with one folder per fault.
class Mirror {
 public:
  Mirror() : content_(Idx({40, 28, 28})), gz_(Gzip(content_)) {
    // cpp-httplib handles Range requests itself.
    server_.Get("/good/images.gz", [&](const httplib::Request& request, httplib::Response& response) {
      ++good_requests_;
      last_range_ = request.get_header_value("Range");
      response.set_content(gz_, "application/gzip");
    });
    server_.Get("/wrong/images.gz", [&](const httplib::Request&, httplib::Response& response) {
      response.set_content("<html>log in first</html>", "text/html");
    });
    server_.Get("/endless/images.gz", [&](const httplib::Request&, httplib::Response& response) {
      response.set_chunked_content_provider("application/gzip", [](size_t, httplib::DataSink& sink) {
        const std::string block(1 << 16, 'x');
        return sink.write(block.data(), block.size());
      });
    });
    server_.Get("/stalled/images.gz", [&](const httplib::Request&, httplib::Response& response) {
      response.set_content_provider(gz_.size(), "application/gzip",
                                    [&](size_t offset, size_t, httplib::DataSink& sink) {
                                      if (offset == 0) return sink.write(gz_.data(), 100);
                                      while (!stopping_ && sink.is_writable()) {
                                        std::this_thread::sleep_for(std::chrono::milliseconds(20));
                                      }
                                      return false;
                                    });
    });
    server_.Get("/cut/images.gz", [&](const httplib::Request&, httplib::Response& response) {
      response.set_content_provider(gz_.size(), "application/gzip",
                                    [&](size_t offset, size_t, httplib::DataSink& sink) {
                                      if (offset > 0) return false;
                                      return sink.write(gz_.data(), gz_.size() / 2);
                                    });
    });
    // Answers 200 with the whole file, whatever Range asks for.
    server_.Get("/rangeless/images.gz", [&](const httplib::Request&, httplib::Response& response) {
      response.status = 200;
      response.set_chunked_content_provider("application/gzip", [&](size_t, httplib::DataSink& sink) {
        sink.write(gz_.data(), gz_.size());
        sink.done();
        return true;
      });
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ~Mirror() {
    stopping_ = true;
    server_.stop();
    thread_.join();
  }

  std::string Address(const std::string& folder) const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/" + folder;
  }
  PublishedFile File() const { return {.name = kName, .sha256 = Sha256(content_), .bytes = content_.size()}; }
  // The same file, with the checksum of what is sent.
  PublishedFile SentFile() const {
    return {.name = kName, .sha256 = Sha256(gz_), .bytes = gz_.size(), .of = PublishedFile::Of::kFile};
  }
  const std::string& content() const { return content_; }
  const std::string& gz() const { return gz_; }
  int good_requests() const { return good_requests_; }
  std::string last_range() const { return last_range_; }

 private:
  std::string content_;
  std::string gz_;
  httplib::Server server_;
  std::thread thread_;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> good_requests_ = 0;
  std::string last_range_;
};

class FetchTest : public ::testing::Test {
 protected:
  FetchOptions From(const std::vector<std::string>& folders) const {
    FetchOptions options{
        .files = {mirror_.File()}, .mirrors = {}, .folder = folder_.path(), .stall_seconds = 1};
    for (const std::string& folder : folders) options.mirrors.push_back(mirror_.Address(folder));
    return options;
  }

  // Fetches, and returns the kinds of all events except progress.
  std::vector<Kind> Run(const FetchOptions& options) {
    std::vector<Kind> kinds;
    fault_.clear();
    FetchFiles(options, [&](const FetchEvent& event) {
      if (event.kind != Kind::kProgress) kinds.push_back(event.kind);
      if (event.kind == Kind::kFault) fault_ = event.message;
    });
    return kinds;
  }

  std::string ErrorOf(const FetchOptions& options, ErrorKind kind) {
    try {
      Run(options);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return "";
  }

  void ExpectFetched() const {
    EXPECT_EQ(ReadFile(folder_.path() / kName), mirror_.gz());
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "images.gz.part"));
  }

  Mirror mirror_;
  TemporaryDirectory folder_;
  std::string fault_;
  ScopedVariable no_proxy_{"no_proxy", "127.0.0.1"};
};

TEST_F(FetchTest, FetchesOnceAndThenKnowsIt) {
  EXPECT_THAT(Run(From({"good/"})), ElementsAre(Kind::kStarted, Kind::kDone));
  ExpectFetched();
  EXPECT_THAT(Run(From({"good"})), ElementsAre(Kind::kPresent));
  EXPECT_EQ(mirror_.good_requests(), 1);
}

TEST_F(FetchTest, TakesAnUncompressedFileForPresent) {
  folder_.Write("images", mirror_.content());
  EXPECT_THAT(Run(From({})), ElementsAre(Kind::kPresent));
}

TEST_F(FetchTest, GoesOnToTheNextMirrorAfterEachFault) {
  const std::vector<std::pair<std::string, std::string>> faults = {{"missing", "HTTP status 404"},
                                                                   {"wrong", "checksum"},
                                                                   {"endless", "sent more than"},
                                                                   {"stalled", "too slow"}};
  for (const auto& [folder, words] : faults) {
    EXPECT_THAT(Run(From({folder, "good"})),
                ElementsAre(Kind::kStarted, Kind::kFault, Kind::kStarted, Kind::kDone))
        << folder;
    EXPECT_THAT(fault_, HasSubstr(words)) << folder;
    ExpectFetched();
    std::filesystem::remove(folder_.path() / kName);
  }
}

TEST_F(FetchTest, GoesOnWhenNobodyListens) {
  FetchOptions options = From({"", "good"});
  options.mirrors[0] = "http://127.0.0.1:1/";
  EXPECT_THAT(Run(options), ElementsAre(Kind::kStarted, Kind::kFault, Kind::kStarted, Kind::kDone));
  ExpectFetched();
}

TEST_F(FetchTest, ResumesWhereAnotherMirrorWasCutOff) {
  EXPECT_THAT(Run(From({"cut", "good"})),
              ElementsAre(Kind::kStarted, Kind::kFault, Kind::kStarted, Kind::kDone));
  EXPECT_EQ(mirror_.last_range(), "bytes=" + std::to_string(mirror_.gz().size() / 2) + "-");
  ExpectFetched();
}

TEST_F(FetchTest, KeepsWhatArrivedForTheNextTime) {
  EXPECT_THAT(ErrorOf(From({"cut"}), ErrorKind::kFailure), HasSubstr("no mirror delivered images.gz"));
  EXPECT_EQ(std::filesystem::file_size(folder_.path() / "images.gz.part"), mirror_.gz().size() / 2);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / kName));
  EXPECT_THAT(Run(From({"good"})), ElementsAre(Kind::kStarted, Kind::kDone));
  EXPECT_EQ(mirror_.last_range(), "bytes=" + std::to_string(mirror_.gz().size() / 2) + "-");
  ExpectFetched();
}

TEST_F(FetchTest, BeginsAnewWhenAServerIgnoresRange) {
  folder_.Write("images.gz.part", mirror_.gz().substr(0, 50));
  EXPECT_THAT(Run(From({"rangeless"})), ElementsAre(Kind::kStarted, Kind::kDone));
  ExpectFetched();
}

TEST_F(FetchTest, AcceptsAPartThatIsWholeAlready) {
  folder_.Write("images.gz.part", mirror_.gz());
  EXPECT_THAT(Run(From({"good"})), ElementsAre(Kind::kStarted, Kind::kDone));
  ExpectFetched();
}

TEST_F(FetchTest, BeginsAnewWhenThePartDoesNotFit) {
  folder_.Write("images.gz.part", std::string(50, 'x'));
  EXPECT_THAT(Run(From({"good"})), ElementsAre(Kind::kStarted, Kind::kFault, Kind::kStarted, Kind::kDone));
  ExpectFetched();
}

TEST_F(FetchTest, NamesTheFaultOfEveryMirror) {
  EXPECT_THAT(ErrorOf(From({"missing", "wrong"}), ErrorKind::kFailure),
              AllOf(HasSubstr(mirror_.Address("missing") + ": answered with HTTP status 404"),
                    HasSubstr(mirror_.Address("wrong") + ": sent the wrong content")));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / kName));
}

TEST_F(FetchTest, ReplacesADamagedFile) {
  folder_.Write(kName, mirror_.gz().substr(0, 200));
  EXPECT_THAT(Run(From({"good"})), ElementsAre(Kind::kDamaged, Kind::kStarted, Kind::kDone));
  ExpectFetched();
}

TEST_F(FetchTest, NeverOverwritesASoundFileOfAnotherKind) {
  const std::string other = Gzip("the only copy of something else");
  folder_.Write(kName, other);
  EXPECT_THAT(ErrorOf(From({"good"}), ErrorKind::kData), HasSubstr("already exists"));
  EXPECT_EQ(ReadFile(folder_.path() / kName), other);
  folder_.Write(kName, Gzip(mirror_.content() + "and more"));
  EXPECT_THAT(ErrorOf(From({"good"}), ErrorKind::kData), HasSubstr("more than"));
}

// Readers would prefer it to the valid compressed file.
TEST_F(FetchTest, ADamagedUncompressedFileIsInTheWay) {
  folder_.Write(kName, mirror_.gz());
  folder_.Write(std::filesystem::path(kName).stem(), mirror_.content().substr(1));
  EXPECT_THAT(ErrorOf(From({"good"}), ErrorKind::kData), HasSubstr("already exists"));
}

TEST_F(FetchTest, AFolderThatAnotherFetchHoldsIsRefused) {
  const FolderLock other(folder_.path(), "");
  EXPECT_THAT(ErrorOf(From({"good"}), ErrorKind::kUsage), HasSubstr("by another process"));
}

TEST_F(FetchTest, OfflineOnlyLooks) {
  FetchOptions options = From({"good"});
  options.offline = true;
  EXPECT_THAT(ErrorOf(options, ErrorKind::kFailure), HasSubstr("'offline' is set"));
  EXPECT_EQ(mirror_.good_requests(), 0);
  folder_.Write(kName, mirror_.gz());
  EXPECT_THAT(Run(options), ElementsAre(Kind::kPresent));
}

TEST_F(FetchTest, SaysWhenTheFolderCannotBeWritten) {
  FetchOptions options = From({"good"});
  options.folder = folder_.Write("file", "") / "folder";
  ErrorOf(options, ErrorKind::kFailure);
}

TEST_F(FetchTest, ChecksWhatIsSentIfThatIsWhatTheChecksumIsOf) {
  FetchOptions options = From({"wrong", "good"});
  options.files = {mirror_.SentFile()};
  EXPECT_THAT(Run(options), ElementsAre(Kind::kStarted, Kind::kFault, Kind::kStarted, Kind::kDone));
  ExpectFetched();
  EXPECT_THAT(Run(options), ElementsAre(Kind::kPresent));
  folder_.Write(kName, mirror_.gz().substr(0, 200));
  EXPECT_THAT(Run(options),
              ElementsAre(Kind::kDamaged, Kind::kStarted, Kind::kFault, Kind::kStarted, Kind::kDone));
  // Sound, but packed by another program.
  folder_.Write(kName, mirror_.content());
  EXPECT_THAT(ErrorOf(options, ErrorKind::kData), HasSubstr("already exists with other content"));
  folder_.Write("images", mirror_.content());
  EXPECT_THAT(ErrorOf(options, ErrorKind::kData), HasSubstr("images cannot be checked"));
}

}  // namespace
}  // namespace hourglass
