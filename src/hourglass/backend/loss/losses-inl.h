// The table of losses between an output y and its target. Each is a formula for one element, a struct in a
// file of its own: Add gives sum + l(y, target); Gradient gives dl/dy or, kOfSigmoid, dl/dz of the z whose
// sigmoid is y.
//
// No include guard, and no namespace: backend/reference.h includes this once for plain numbers and
// cpu/loss.cc once per instruction set for vectors, each after it has defined the functions that formulas may
// use: + - *, MulAdd(a, b, c) = ab + c, Abs, Sign, Log, Max, Clip(x, d) to [-d, d] and Same(x, c), the
// constant c as the type of x.
#include "hourglass/backend/loss/bce-inl.h"
#include "hourglass/backend/loss/huber-inl.h"
#include "hourglass/backend/loss/l1-inl.h"
#include "hourglass/backend/loss/mse-inl.h"

using Losses = std::tuple<Mse, L1, Bce, Huber>;
