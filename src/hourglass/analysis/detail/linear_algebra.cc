#include "hourglass/analysis/detail/linear_algebra.h"

#include <Eigen/Eigenvalues>

#include "hourglass/core/check.h"

namespace hourglass {

Eigen::MatrixXd Product(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return a * b;
}

SymmetricEigen SolveSymmetric(const Eigen::MatrixXd& matrix) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
  HOURGLASS_CHECK(solver.info() == Eigen::Success);
  return {.values = solver.eigenvalues(), .vectors = solver.eigenvectors()};
}

}  // namespace hourglass
