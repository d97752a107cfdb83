// swift-tools-version: 6.2
// SPDX-License-Identifier: GPL-2.0-only
import PackageDescription

/// Coverage-guided fuzzing with libFuzzer, apart from the product: see Fuzzing/run.
let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "patchkit", path: "..")],
  targets: [
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        .product(name: "PatchFormat", package: "patchkit"),
        .product(name: "Backport", package: "patchkit"),
        .product(name: "CSource", package: "patchkit"),
        .product(name: "Ledger", package: "patchkit"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(["-parse-as-library"])])
  ]
)
