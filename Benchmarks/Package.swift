// swift-tools-version: 6.2
// SPDX-License-Identifier: GPL-2.0-only
import PackageDescription

// A package of its own, so that the product depends on nothing of it.
let package = Package(
  name: "benchmarks",
  dependencies: [.package(name: "patchkit", path: "..")],
  targets: [
    .systemLibrary(name: "CGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
    .executableTarget(
      name: "Bench",
      dependencies: [
        "CGit2", .product(name: "PatchFormat", package: "patchkit"),
        .product(name: "CSource", package: "patchkit"),
        .product(name: "Analysis", package: "patchkit"),
      ]),
  ]
)
