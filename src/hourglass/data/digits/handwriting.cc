#include "hourglass/data/digits/handwriting.h"

#include <array>
#include <cmath>
#include <numbers>

namespace hourglass {
namespace {

// Variation between hands; tuned by comparing slant, proportions and nearest neighbours with scanned digits.
constexpr float kJitter = 0.035f;      // of each point, in heights
constexpr float kWaveHeight = 0.025f;  // of each wave that warps the paper, in heights
constexpr float kMeanSlant = 0.14f;    // of the upright, width per height; to the right
constexpr float kSlantSpread = 0.25f;
constexpr float kRotationSpread = 0.10f;    // radians
constexpr float kProportionSpread = 0.24f;  // of the logarithm of width / height
constexpr int kWaves = 3;
constexpr int kStepsPerSpan = 6;

// A smooth displacement of the plane: the sum of a few long sine waves.
class BentPaper {
 public:
  explicit BentPaper(Dice& dice) {
    for (Wave& wave : waves_) {
      wave = {dice.Normal(0, kWaveHeight), dice.Normal(0, kWaveHeight), dice.Uniform(-5, 5),
              dice.Uniform(-5, 5), dice.Uniform(0, 2 * std::numbers::pi_v<float>)};
    }
  }
  PenPoint operator()(PenPoint p) const {
    PenPoint moved = p;
    for (const Wave& wave : waves_) {
      const float height = std::sin(wave.along_x * p.x + wave.along_y * p.y + wave.phase);
      moved.x += wave.dx * height;
      moved.y += wave.dy * height;
    }
    return moved;
  }

 private:
  struct Wave {
    float dx, dy, along_x, along_y, phase;
  };
  std::array<Wave, kWaves> waves_;
};

// Proportions, slant and rotation as one linear map.
class Posture {
 public:
  explicit Posture(Dice& dice) {
    const float wide = std::exp(dice.Normal(0, kProportionSpread));
    const float slant = dice.Normal(kMeanSlant, kSlantSpread);
    const float angle = dice.Normal(0, kRotationSpread);
    const float c = std::cos(angle);
    const float s = std::sin(angle);
    xx_ = c * wide;
    xy_ = -c * slant - s;
    yx_ = s * wide;
    yy_ = -s * slant + c;
  }
  PenPoint operator()(PenPoint p) const { return {xx_ * p.x + xy_ * p.y, yx_ * p.x + yy_ * p.y}; }

 private:
  float xx_, xy_, yx_, yy_;
};

// The curve through b and c between its neighbours a and d, at t in [0, 1]: uniform Catmull-Rom.
PenPoint Spline(PenPoint a, PenPoint b, PenPoint c, PenPoint d, float t) {
  const auto axis = [t](float pa, float pb, float pc, float pd) {
    return pb + 0.5f * t * (pc - pa + t * (2 * pa - 5 * pb + 4 * pc - pd + t * (3 * (pb - pc) + pd - pa)));
  };
  return {axis(a.x, b.x, c.x, d.x), axis(a.y, b.y, c.y, d.y)};
}

// A point beyond `end`, so that a curve does not bend at its ends and corners.
PenPoint Beyond(PenPoint end, PenPoint before) {
  return {2 * end.x - before.x, 2 * end.y - before.y};
}

Polyline Smooth(const Stroke& stroke) {
  const auto at = [&](size_t i) { return PenPoint{stroke[i].x, stroke[i].y}; };
  Polyline line = {at(0)};
  for (size_t i = 0; i + 1 < stroke.size(); ++i) {
    const bool starts = i == 0 || stroke[i].corner;
    const bool ends = i + 2 == stroke.size() || stroke[i + 1].corner;
    const PenPoint a = starts ? Beyond(at(i), at(i + 1)) : at(i - 1);
    const PenPoint d = ends ? Beyond(at(i + 1), at(i)) : at(i + 2);
    for (int step = 1; step <= kStepsPerSpan; ++step) {
      line.push_back(Spline(a, at(i), at(i + 1), d, static_cast<float>(step) / kStepsPerSpan));
    }
  }
  return line;
}

}  // namespace

const DigitShape& PickShape(int digit, Dice& dice) {
  const auto shapes = ShapesOfDigit(digit);
  float all = 0;
  for (const DigitShape& shape : shapes) all += shape.weight;
  float left = dice.Uniform(0, all);
  for (const DigitShape& shape : shapes) {
    left -= shape.weight;
    if (left < 0) return shape;
  }
  return shapes.back();
}

std::vector<Polyline> WriteByHand(const DigitShape& shape, Dice& dice) {
  const BentPaper bend(dice);
  const Posture posture(dice);
  std::vector<Polyline> lines;
  for (Stroke stroke : shape.strokes) {
    for (StrokePoint& point : stroke) {
      point.x += dice.Normal(0, kJitter);
      point.y += dice.Normal(0, kJitter);
    }
    Polyline line = Smooth(stroke);
    for (PenPoint& point : line) point = posture(bend(point));
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace hourglass
