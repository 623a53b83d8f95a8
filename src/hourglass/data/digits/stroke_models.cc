#include "hourglass/data/digits/stroke_models.h"

#include <array>

#include "hourglass/core/require.h"

namespace hourglass {
namespace {

constexpr bool kCorner = true;

const std::vector<DigitShape> kZero = {
    // an oval from the top, closed
    {4,
     {{{.40f, .00f},
       {.12f, .18f},
       {.02f, .52f},
       {.12f, .86f},
       {.38f, 1.0f},
       {.64f, .84f},
       {.74f, .48f},
       {.64f, .14f},
       {.38f, .01f}}}},
    // nearly a circle
    {2,
     {{{.50f, .00f},
       {.16f, .14f},
       {.02f, .50f},
       {.14f, .86f},
       {.48f, 1.0f},
       {.84f, .86f},
       {.96f, .50f},
       {.82f, .14f},
       {.46f, .00f}}}},
    // the end overlaps the beginning
    {2,
     {{{.56f, .06f},
       {.30f, .02f},
       {.08f, .28f},
       {.02f, .62f},
       {.20f, .96f},
       {.50f, .94f},
       {.70f, .62f},
       {.68f, .24f},
       {.46f, .02f},
       {.24f, .12f}}}},
};

const std::vector<DigitShape> kOne = {
    // a plain stroke
    {8, {{{.00f, .00f}, {.00f, .50f}, {.00f, 1.0f}}}},
    // with a flag
    {1, {{{-.18f, .20f}, {.00f, .00f, kCorner}, {.00f, .50f}, {.00f, 1.0f}}}},
    // with a flag and a foot
    {.6f, {{{-.20f, .20f}, {.00f, .00f, kCorner}, {.00f, .98f}}, {{-.28f, .98f}, {.30f, 1.0f}}}},
};

const std::vector<DigitShape> kTwo = {
    // a sharp heel
    {3,
     {{{.06f, .22f},
       {.24f, .03f},
       {.52f, .06f},
       {.56f, .30f},
       {.36f, .62f},
       {.04f, .96f, kCorner},
       {.36f, .93f},
       {.72f, .96f}}}},
    // a long flat base
    {2,
     {{{.14f, .14f},
       {.40f, .01f},
       {.66f, .10f},
       {.60f, .38f},
       {.30f, .74f},
       {.00f, .98f, kCorner},
       {.45f, .94f},
       {1.0f, .92f}}}},
    // a loop at the heel
    {3,
     {{{.10f, .20f},
       {.30f, .02f},
       {.56f, .12f},
       {.54f, .42f},
       {.34f, .76f},
       {.12f, .96f},
       {.00f, .86f},
       {.12f, .74f},
       {.36f, .84f},
       {.56f, .96f},
       {.80f, .90f}}}},
    // a heel that rises and a wavy base
    {2,
     {{{.08f, .26f},
       {.22f, .04f},
       {.50f, .04f},
       {.56f, .32f},
       {.34f, .66f},
       {.06f, .94f, kCorner},
       {.20f, .82f},
       {.42f, .90f},
       {.60f, .98f},
       {.80f, .92f}}}},
    // a wide bow and a large loop at the heel
    {3,
     {{{.04f, .24f},
       {.28f, .01f},
       {.60f, .10f},
       {.64f, .42f},
       {.44f, .78f},
       {.18f, .98f},
       {.00f, .86f},
       {.14f, .68f},
       {.40f, .74f},
       {.64f, .90f},
       {.98f, .84f}}}},
    // narrow, the heel a small loop, the base falling
    {1.5f,
     {{{.02f, .16f},
       {.20f, .00f},
       {.42f, .12f},
       {.40f, .44f},
       {.22f, .78f},
       {.04f, .92f},
       {.02f, .80f},
       {.18f, .78f},
       {.40f, .94f},
       {.58f, 1.0f}}}},
    // like a Z
    {1,
     {{{.02f, .10f},
       {.28f, .06f},
       {.58f, .04f},
       {.34f, .48f},
       {.04f, .90f, kCorner},
       {.34f, .90f},
       {.72f, .92f}}}},
};

const std::vector<DigitShape> kThree = {
    // two bows
    {4,
     {{{.08f, .12f},
       {.32f, .00f},
       {.56f, .16f},
       {.48f, .38f},
       {.24f, .47f, kCorner},
       {.52f, .56f},
       {.62f, .76f},
       {.42f, .97f},
       {.18f, .99f},
       {.00f, .86f}}}},
    // a flat top
    {1.5f,
     {{{.05f, .04f},
       {.30f, .03f},
       {.58f, .02f, kCorner},
       {.28f, .42f, kCorner},
       {.54f, .52f},
       {.62f, .75f},
       {.40f, .98f},
       {.00f, .92f}}}},
    // a small loop at the waist
    {2,
     {{{.06f, .10f},
       {.34f, .00f},
       {.56f, .16f},
       {.44f, .40f},
       {.26f, .50f},
       {.22f, .44f},
       {.34f, .44f},
       {.58f, .60f},
       {.56f, .86f},
       {.30f, 1.0f},
       {.00f, .94f}}}},
    // a small upper bow, a wide lower one
    {1.5f,
     {{{.14f, .06f},
       {.36f, .00f},
       {.52f, .14f},
       {.40f, .34f},
       {.24f, .42f, kCorner},
       {.56f, .48f},
       {.70f, .72f},
       {.48f, .96f},
       {.20f, 1.0f},
       {.00f, .90f}}}},
    // upright, shallow bows
    {1,
     {{{.06f, .06f},
       {.30f, .02f},
       {.50f, .12f},
       {.46f, .34f},
       {.28f, .46f, kCorner},
       {.46f, .54f},
       {.52f, .76f},
       {.34f, .96f},
       {.04f, .98f}}}},
};

const std::vector<DigitShape> kFour = {
    // open, angular
    {3,
     {{{.12f, .00f}, {.06f, .28f}, {.00f, .54f, kCorner}, {.34f, .53f}, {.72f, .50f}},
      {{.60f, .04f}, {.56f, .50f}, {.50f, 1.0f}}}},
    // open, with a round bottom
    {3,
     {{{.06f, .04f}, {.00f, .34f}, {.14f, .54f}, {.40f, .48f}, {.58f, .30f}},
      {{.62f, .02f}, {.56f, .50f}, {.50f, 1.0f}}}},
    // closed
    {1.5f,
     {{{.56f, .00f}, {.28f, .32f}, {.00f, .62f, kCorner}, {.36f, .61f}, {.76f, .58f}},
      {{.56f, .00f}, {.53f, .50f}, {.48f, 1.0f}}}},
    // in one stroke, the stem crossing the bar
    {1,
     {{{.14f, .02f},
       {.02f, .50f, kCorner},
       {.34f, .50f},
       {.60f, .46f},
       {.66f, .12f, kCorner},
       {.60f, .50f},
       {.50f, 1.0f}}}},
};

const std::vector<DigitShape> kFive = {
    // bar, neck, belly
    {4,
     {{{.68f, .02f},
       {.42f, .03f},
       {.18f, .05f, kCorner},
       {.10f, .42f, kCorner},
       {.36f, .40f},
       {.58f, .58f},
       {.52f, .86f},
       {.24f, 1.0f},
       {.00f, .92f}}}},
    // the neck runs into the belly
    {3,
     {{{.74f, .00f},
       {.44f, .04f},
       {.26f, .08f},
       {.16f, .32f},
       {.36f, .46f},
       {.54f, .66f},
       {.44f, .92f},
       {.20f, 1.0f},
       {.00f, .92f}}}},
    // the bar drawn last, long
    {2,
     {{{.22f, .06f},
       {.14f, .42f, kCorner},
       {.40f, .44f},
       {.54f, .64f},
       {.44f, .92f},
       {.20f, 1.0f},
       {.00f, .94f}},
      {{.22f, .07f}, {.55f, .03f}, {.90f, .00f}}}},
    // a large belly that nearly closes
    {2,
     {{{.60f, .00f},
       {.38f, .02f},
       {.16f, .04f, kCorner},
       {.12f, .40f, kCorner},
       {.42f, .34f},
       {.70f, .56f},
       {.62f, .90f},
       {.28f, 1.0f},
       {.00f, .80f}}}},
    // a slanted neck and a low belly
    {1.5f,
     {{{.88f, .00f},
       {.58f, .06f},
       {.34f, .10f, kCorner},
       {.18f, .50f, kCorner},
       {.42f, .54f},
       {.56f, .70f},
       {.44f, .92f},
       {.20f, 1.0f},
       {.00f, .90f}}}},
};

const std::vector<DigitShape> kSix = {
    // a bowed back
    {3,
     {{{.50f, .00f},
       {.22f, .26f},
       {.04f, .62f},
       {.12f, .94f},
       {.38f, .98f},
       {.58f, .78f},
       {.48f, .58f},
       {.26f, .60f},
       {.08f, .82f}}}},
    // a straight back, small loop
    {3,
     {{{.34f, .00f},
       {.14f, .36f},
       {.02f, .72f},
       {.14f, .98f},
       {.40f, .94f},
       {.52f, .74f},
       {.38f, .60f},
       {.14f, .74f},
       {.06f, .86f}}}},
    // a large loop
    {2,
     {{{.56f, .04f},
       {.22f, .20f},
       {.02f, .56f},
       {.12f, .92f},
       {.42f, .98f},
       {.66f, .74f},
       {.56f, .46f},
       {.28f, .46f},
       {.06f, .66f}}}},
    // a short back over a wide loop
    {1,
     {{{.40f, .00f},
       {.14f, .30f},
       {.02f, .70f},
       {.24f, 1.0f},
       {.58f, .94f},
       {.72f, .70f},
       {.52f, .50f},
       {.24f, .64f},
       {.16f, .84f}}}},
};

const std::vector<DigitShape> kSeven = {
    // bar and leg
    {4, {{{.00f, .08f}, {.30f, .06f}, {.60f, .03f, kCorner}, {.42f, .48f}, {.26f, 1.0f}}}},
    // with a stroke through the leg
    {1.5f,
     {{{.00f, .10f}, {.30f, .07f}, {.62f, .03f, kCorner}, {.40f, .50f}, {.26f, 1.0f}},
      {{.12f, .54f}, {.36f, .52f}, {.64f, .48f}}}},
    // with a hook at the left
    {2,
     {{{.00f, .26f},
       {.04f, .08f, kCorner},
       {.34f, .06f},
       {.62f, .03f, kCorner},
       {.46f, .46f},
       {.34f, 1.0f}}}},
    // in one bow
    {2, {{{.00f, .16f}, {.24f, .04f}, {.54f, .06f}, {.52f, .36f}, {.40f, .66f}, {.32f, 1.0f}}}},
    // a hook at the left and a stroke through the leg
    {1,
     {{{.00f, .22f}, {.04f, .06f, kCorner}, {.36f, .05f}, {.66f, .02f, kCorner}, {.44f, .50f}, {.30f, 1.0f}},
      {{.16f, .52f}, {.40f, .50f}, {.68f, .46f}}}},
};

const std::vector<DigitShape> kEight = {
    // one line, crossing at the waist
    {4,
     {{{.56f, .10f},
       {.30f, .00f},
       {.08f, .17f},
       {.26f, .42f},
       {.50f, .66f},
       {.46f, .92f},
       {.20f, 1.0f},
       {.02f, .82f},
       {.20f, .56f},
       {.48f, .33f},
       {.56f, .12f}}}},
    // open at the top
    {1.5f,
     {{{.58f, .16f},
       {.34f, .00f},
       {.10f, .16f},
       {.26f, .42f},
       {.48f, .68f},
       {.40f, .94f},
       {.14f, 1.0f},
       {.02f, .82f},
       {.22f, .56f},
       {.54f, .30f},
       {.68f, .04f}}}},
    // two rings
    {1.5f,
     {{{.32f, .00f}, {.08f, .12f}, {.10f, .36f}, {.32f, .46f}, {.54f, .34f}, {.54f, .10f}, {.30f, .00f}},
      {{.32f, .46f}, {.04f, .62f}, {.04f, .88f}, {.32f, 1.0f}, {.60f, .86f}, {.58f, .60f}, {.30f, .46f}}}},
    // narrow, a small lower ring
    {3,
     {{{.46f, .10f},
       {.24f, .00f},
       {.04f, .16f},
       {.14f, .38f},
       {.34f, .60f},
       {.34f, .90f},
       {.16f, 1.0f},
       {.06f, .86f},
       {.16f, .62f},
       {.38f, .38f},
       {.46f, .12f}}}},
    // a wide upper ring, a flat lower one
    {2,
     {{{.62f, .14f},
       {.36f, .00f},
       {.06f, .16f},
       {.16f, .40f},
       {.42f, .60f},
       {.44f, .90f},
       {.24f, 1.0f},
       {.10f, .86f},
       {.22f, .62f},
       {.52f, .40f},
       {.66f, .16f}}}},
    // a small upper ring, the line's ends apart
    {2,
     {{{.50f, .06f},
       {.30f, .00f},
       {.14f, .16f},
       {.28f, .38f},
       {.54f, .62f},
       {.52f, .92f},
       {.22f, 1.0f},
       {.00f, .84f},
       {.14f, .58f},
       {.40f, .38f},
       {.56f, .14f}}}},
};

const std::vector<DigitShape> kNine = {
    // a ring and a straight stem
    {4,
     {{{.54f, .14f},
       {.34f, .01f},
       {.08f, .16f},
       {.06f, .40f},
       {.28f, .46f},
       {.52f, .22f},
       {.56f, .06f, kCorner},
       {.52f, .50f},
       {.44f, 1.0f}}}},
    // the stem bends to the left
    {2,
     {{{.54f, .12f},
       {.32f, .00f},
       {.06f, .18f},
       {.10f, .44f},
       {.36f, .46f},
       {.54f, .16f, kCorner},
       {.54f, .56f},
       {.42f, .88f},
       {.22f, 1.0f},
       {.04f, .94f}}}},
    // the stem falls away from a round ring
    {3,
     {{{.46f, .10f},
       {.24f, .04f},
       {.02f, .22f},
       {.08f, .44f},
       {.32f, .42f},
       {.50f, .16f},
       {.48f, .40f},
       {.38f, .70f},
       {.26f, 1.0f}}}},
    // a large ring, a short stem
    {1.5f,
     {{{.56f, .16f},
       {.34f, .00f},
       {.06f, .16f},
       {.04f, .46f},
       {.30f, .56f},
       {.54f, .28f},
       {.58f, .10f},
       {.56f, .56f},
       {.52f, 1.0f}}}},
    // a ring open at the top
    {1,
     {{{.40f, .04f},
       {.14f, .10f},
       {.00f, .34f},
       {.16f, .50f},
       {.42f, .36f},
       {.56f, .06f, kCorner},
       {.50f, .50f},
       {.38f, 1.0f}}}},
};

}  // namespace

std::span<const DigitShape> ShapesOfDigit(int digit) {
  static const std::array<const std::vector<DigitShape>*, 10> kShapes = {
      &kZero, &kOne, &kTwo, &kThree, &kFour, &kFive, &kSix, &kSeven, &kEight, &kNine};
  RequireBetween("digit", digit, 0, 9);
  return *kShapes[static_cast<size_t>(digit)];
}

}  // namespace hourglass
