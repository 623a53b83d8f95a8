// Ctrl-C and SIGTERM as a flag that a training loop can poll.
#pragma once

namespace hourglass::app {

// From now on the first SIGINT or SIGTERM is only noted; a second one ends the process at once, as usual.
// SIGPIPE is ignored: writing to a pipe that nobody reads fails instead of ending the process.
void NoteInterrupts();
bool InterruptNoted();

// From now on SIGINT and SIGTERM end the program at once. If one was noted earlier, ends it now. For work
// that can be repeated.
void EndAtInterrupts();

// Thrown by an interrupted command after it saved its work; the program ends with exit code 130.
struct Interrupted {};

}  // namespace hourglass::app
