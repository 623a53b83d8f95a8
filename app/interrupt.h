// Ctrl-C and SIGTERM as a flag that a training loop can poll.
#pragma once

namespace hourglass::app {

// From now on the first SIGINT or SIGTERM is only noted; a second one ends the process at once, as usual.
// SIGPIPE is ignored: writing to a pipe that nobody reads fails instead of ending the process.
void NoteInterrupts();
bool InterruptNoted();

// From now on these signals end the program at once, even one noted earlier: for work that can be repeated.
void EndAtInterrupts();

}  // namespace hourglass::app
