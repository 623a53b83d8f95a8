// The two operations of Eigen that take long to compile, each compiled once. In f64.
#pragma once

#include <Eigen/Core>

namespace hourglass {

// a b, [n, k] times [k, m]
Eigen::MatrixXd Product(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b);

struct SymmetricEigen {
  Eigen::VectorXd values;   // ascending
  Eigen::MatrixXd vectors;  // orthonormal, as columns
};

// Of a symmetric matrix, whose lower triangle is read.
SymmetricEigen SolveSymmetric(const Eigen::MatrixXd& matrix);

}  // namespace hourglass
