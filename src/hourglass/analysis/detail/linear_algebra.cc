#include "hourglass/analysis/detail/linear_algebra.h"

#include <Spectra/SymEigsSolver.h>
#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>

#include "hourglass/core/check.h"

namespace hourglass {
namespace {

// A + shift · I, as Spectra calls it. The solver's tolerance is relative to each eigenvalue. The shift keeps
// it above the rounding of products where A has no variance at all.
class ShiftedOperator {
 public:
  using Scalar = double;

  ShiftedOperator(const SymmetricOperator& matrix, double shift) : matrix_(matrix), shift_(shift) {}

  Eigen::Index rows() const { return matrix_.size; }
  Eigen::Index cols() const { return matrix_.size; }
  void perform_op(const double* in, double* out) const {
    const Eigen::VectorXd x = Eigen::Map<const Eigen::VectorXd>(in, matrix_.size);
    Eigen::Map<Eigen::VectorXd>(out, matrix_.size) = matrix_.product(x) + shift_ * x;
  }

 private:
  const SymmetricOperator& matrix_;
  double shift_;
};

}  // namespace

Eigen::MatrixXd Product(const Eigen::Ref<const Eigen::MatrixXd>& a,
                        const Eigen::Ref<const Eigen::MatrixXd>& b) {
  return a * b;
}

SymmetricEigen SolveSymmetric(const Eigen::MatrixXd& matrix) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
  HOURGLASS_CHECK(solver.info() == Eigen::Success);
  return {.values = solver.eigenvalues(), .vectors = solver.eigenvectors()};
}

SymmetricEigen SolveLeading(const SymmetricOperator& matrix, int64_t count) {
  constexpr double kTolerance = 1e-3, kShift = 1e-4;
  constexpr int64_t kMostRestarts = 1000;
  // Of a matrix of zeros, every direction is an eigenvector.
  const double shift = matrix.trace > 0 ? kShift * matrix.trace : 1.0;
  ShiftedOperator shifted(matrix, shift);
  Spectra::SymEigsSolver<ShiftedOperator> solver(shifted, count, std::min(matrix.size, 2 * count + 20));
  solver.init();
  solver.compute(Spectra::SortRule::LargestAlge, kMostRestarts, kTolerance, Spectra::SortRule::SmallestAlge);
  HOURGLASS_CHECK(solver.info() == Spectra::CompInfo::Successful);
  return {.values = solver.eigenvalues().array() - shift, .vectors = solver.eigenvectors()};
}

Eigen::MatrixXd InverseCholeskyFactor(Eigen::MatrixXd matrix) {
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(matrix);
  HOURGLASS_CHECK(factor.info() == Eigen::Success);
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(matrix.rows(), matrix.cols());
  factor.matrixL().solveInPlace(inverse);
  return inverse;
}

}  // namespace hourglass
