#include "app/interrupt.h"

#include <csignal>

namespace hourglass::app {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void Note(int) {
  interrupted = 1;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

}  // namespace

void NoteInterrupts() {
  struct sigaction action = {};
  action.sa_handler = Note;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe must not end the training
}

void EndAtInterrupts() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  if (InterruptNoted()) std::raise(SIGINT);
}

bool InterruptNoted() {
  return interrupted != 0;
}

}  // namespace hourglass::app
