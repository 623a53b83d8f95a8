// The two Eigen operations that are slow to compile, each compiled only once. They compute in f64.
#pragma once

#include <Eigen/Core>

namespace hourglass {

// a b, [n, k] times [k, m]
Eigen::MatrixXd Product(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b);

struct SymmetricEigen {
  Eigen::VectorXd values;   // ascending
  Eigen::MatrixXd vectors;  // orthonormal, as columns
};

// Eigenvalues and eigenvectors of a symmetric matrix; only its lower triangle is read.
SymmetricEigen SolveSymmetric(const Eigen::MatrixXd& matrix);

}  // namespace hourglass
