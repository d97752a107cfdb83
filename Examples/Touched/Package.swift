// swift-tools-version: 6.2
// SPDX-License-Identifier: GPL-2.0-only
import PackageDescription

/// A package outside of patchkit that uses its libraries.
let package = Package(
  name: "Touched",
  dependencies: [.package(name: "patchkit", path: "../..")],
  targets: [
    .executableTarget(
      name: "Touched",
      dependencies: [
        .product(name: "PatchFormat", package: "patchkit"),
        .product(name: "Backport", package: "patchkit"),
        .product(name: "CSource", package: "patchkit"),
        .product(name: "Interleave", package: "patchkit"),
      ]),
    // The program that the tutorial of the documentation ends with.
    .executableTarget(
      name: "Backported",
      dependencies: [
        .product(name: "PatchFormat", package: "patchkit"),
        .product(name: "Backport", package: "patchkit"),
        .product(name: "Analysis", package: "patchkit"),
      ]),
    .executableTarget(
      name: "Needed",
      dependencies: [
        .product(name: "PatchFormat", package: "patchkit"),
        .product(name: "Backport", package: "patchkit"),
        .product(name: "Analysis", package: "patchkit"),
      ]),
    .executableTarget(
      name: "Checked", dependencies: [.product(name: "Ledger", package: "patchkit")]),
  ]
)
