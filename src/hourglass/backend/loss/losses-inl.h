// The table of losses between an output y and its target. Each is a formula for one element, a struct in a
// separate file. Add returns sum + l(y, target). Gradient returns dl/dy or, if kOfSigmoid, dl/dz, where y =
// sigmoid(z).
//
// No include guard and no namespace: backend/reference.h includes this once for plain numbers, and
// cpu/loss.cc once per instruction set for vectors. Both first define the functions that formulas may use: +
// - *, MulAdd(a, b, c) = ab + c, Abs, Sign, Log, Max, Clip(x, d) to [-d, d] and Same(x, c), the constant c as
// the type of x.
#include "hourglass/backend/loss/bce-inl.h"
#include "hourglass/backend/loss/huber-inl.h"
#include "hourglass/backend/loss/l1-inl.h"
#include "hourglass/backend/loss/mse-inl.h"

using Losses = std::tuple<Mse, L1, Bce, Huber>;
