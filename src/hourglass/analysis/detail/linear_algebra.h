// The operations of Eigen and Spectra that are slow to compile, each compiled only once. They compute in f64.
#pragma once

#include <Eigen/Core>
#include <functional>

namespace hourglass {

// a b, [n, k] times [k, m]
Eigen::MatrixXd Product(const Eigen::Ref<const Eigen::MatrixXd>& a,
                        const Eigen::Ref<const Eigen::MatrixXd>& b);

struct SymmetricEigen {
  Eigen::VectorXd values;   // ascending
  Eigen::MatrixXd vectors;  // orthonormal, as columns
};

// Eigenvalues and eigenvectors of a symmetric matrix; only its lower triangle is read.
SymmetricEigen SolveSymmetric(const Eigen::MatrixXd& matrix);

// A symmetric matrix without negative eigenvalues, known by its products.
struct SymmetricOperator {
  int64_t size = 0;
  double trace = 0;
  std::function<Eigen::VectorXd(const Eigen::VectorXd& x)> product;  // matrix · x, to about 1e-7 of the trace
};

// The `count` largest eigenvalues and their eigenvectors, 1 ≤ count < size, by restarted Lanczos iteration;
// about 2 count + 20 products, fewer if the eigenvalues fall fast. |A v - λ v| is at most 1e-3 λ + 1e-7
// trace, and the error of λ is of second order in it. Always the same for the same products.
SymmetricEigen SolveLeading(const SymmetricOperator& matrix, int64_t count);

// L⁻¹, lower triangular, of a positive definite matrix = L Lᵀ.
Eigen::MatrixXd InverseCholeskyFactor(Eigen::MatrixXd matrix);

}  // namespace hourglass
