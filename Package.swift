// swift-tools-version: 6.2
// SPDX-License-Identifier: GPL-2.0-only
import PackageDescription

/// Every target is built the same way: Swift 6, unsafe code marked where it stands, no warnings.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
  name: "patchkit",
  products: [
    .executable(name: "patchkit", targets: ["patchkit"]),
    .library(name: "PatchFormat", targets: ["PatchFormat"]),
    .library(name: "Backport", targets: ["Backport"]),
    .library(name: "CSource", targets: ["CSource"]),
    .library(name: "Interleave", targets: ["Interleave"]),
    .library(name: "Analysis", targets: ["Analysis", "KernelTree"]),
    .library(name: "Ledger", targets: ["Ledger", "KernelTree"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    .systemLibrary(
      name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
    .systemLibrary(name: "CMbedcrypto", providers: [.apt(["libmbedtls-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CDeflate", providers: [.apt(["libdeflate-dev"])]),
    .target(name: "PatchFormat", swiftSettings: settings),
    .target(name: "TextAlign", swiftSettings: settings),
    .target(name: "CSource", swiftSettings: settings),
    .target(
      name: "Host", dependencies: ["CLinux", "CDeflate", subprocess, systemPackage],
      swiftSettings: settings),
    .target(
      name: "Git",
      dependencies: ["CLibgit2", "CMbedcrypto", "CDeflate", "PatchFormat", "TextAlign", "Host"],
      swiftSettings: settings),
    .target(
      name: "KernelTree", dependencies: ["Host", "TextAlign", "Git", subprocess],
      swiftSettings: settings),
    .target(
      name: "Backport", dependencies: ["PatchFormat", "TextAlign", "Git", "Host", "KernelTree"],
      swiftSettings: settings),
    .target(
      name: "PatchSeries",
      dependencies: ["PatchFormat", "TextAlign", "Host", "KernelTree", "Backport"],
      swiftSettings: settings),
    .target(
      name: "Analysis",
      dependencies: [
        "PatchFormat", "TextAlign", "CSource", "Git", "Host", "KernelTree", "Backport",
      ],
      swiftSettings: settings),
    .target(name: "Interleave", swiftSettings: settings),
    .target(name: "KernelModel", dependencies: ["Interleave"], swiftSettings: settings),
    .target(name: "Ports", dependencies: ["Interleave", "KernelModel"], swiftSettings: settings),
    .target(
      name: "PortCheck",
      dependencies: [
        "CSource", "Analysis", "Host", "KernelTree", "Git", "TextAlign", "Interleave",
        "KernelModel",
        "Ports",
        subprocess, systemPackage,
      ],
      resources: [
        .embedInCode("userspace/pk.h"), .embedInCode("userspace/kernel.h"),
        .embedInCode("userspace/kernel.c"), .embedInCode("userspace/runtime.c"),
      ],
      swiftSettings: settings),
    .target(
      name: "Ledger",
      dependencies: [
        "CMbedcrypto", "PatchFormat", "TextAlign", "Host", "KernelTree", "Backport", "Analysis",
        "Interleave", "Ports", "PortCheck", .product(name: "Yams", package: "Yams"), subprocess,
        systemPackage,
      ],
      resources: [
        .embedInCode("Published/manifest.schema.json"),
        .embedInCode("Published/report.schema.json"),
        .embedInCode("Published/github.yml"), .embedInCode("Published/gitlab.yml"),
      ],
      swiftSettings: settings),
    .target(
      name: "Evaluation",
      dependencies: [
        "PatchFormat", "Git", "Host", "KernelTree", "Backport", subprocess, systemPackage,
      ],
      swiftSettings: settings),
    .target(
      name: "Reporting",
      dependencies: [
        "CLinux", "Host", "PatchFormat", "TextAlign", "Backport", "Evaluation", "Interleave",
        "Ports",
        "PortCheck",
        "Analysis", "CSource", "Ledger", "PatchSeries",
      ],
      resources: [
        .embedInCode("Verification/page.css"), .embedInCode("Verification/page.js"),
        .embedInCode("Published/apply.schema.json"),
        .embedInCode("Published/series.schema.json"),
        .embedInCode("Published/show.schema.json"),
        .embedInCode("Published/stat.schema.json"),
        .embedInCode("Published/lint.schema.json"),
        .embedInCode("Published/analyze.schema.json"),
        .embedInCode("Published/compare.schema.json"),
        .embedInCode("Published/evaluate.schema.json"),
        .embedInCode("Published/explore.schema.json"),
        .embedInCode("Published/port-list.schema.json"),
        .embedInCode("Published/port-check.schema.json"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "patchkit",
      dependencies: [
        "PatchFormat", "Host", "KernelTree", "Backport", "Evaluation", "Interleave", "Ports",
        "Analysis",
        "PortCheck", "Ledger", "PatchSeries", "Reporting", "TextAlign",
        argumentParser,
      ],
      swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: [subprocess, systemPackage], path: "Tests/TestSupport",
      swiftSettings: settings),
    .testTarget(
      name: "HostTests", dependencies: ["Host", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "PatchFormatTests", dependencies: ["PatchFormat", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "CSourceTests", dependencies: ["CSource", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "TextAlignTests", dependencies: ["TextAlign", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "InterleaveTests", dependencies: ["Interleave", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "PortTests", dependencies: ["Interleave", "KernelModel", "Ports", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "AnalysisTests",
      dependencies: [
        "PatchFormat", "CSource", "Host", "KernelTree", "Backport", "Analysis", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "PortCheckTests",
      dependencies: [
        "PatchFormat", "CSource", "Host", "KernelTree", "Backport", "Analysis", "Interleave",
        "KernelModel",
        "Ports", "PortCheck", "Ledger", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "LedgerTests",
      dependencies: [
        "Host", "Ledger", "PortCheck", "Ports", "Backport", "Reporting", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "GitTests", dependencies: ["PatchFormat", "TextAlign", "Git"], swiftSettings: settings),
    .testTarget(
      name: "ReportingTests", dependencies: ["Reporting", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "KernelTreeTests", dependencies: ["Git", "Host", "KernelTree", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "BackportTests",
      dependencies: [
        "PatchFormat", "TextAlign", "Git", "Host", "KernelTree", "Backport", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "PatchkitTests",
      dependencies: [
        "PatchFormat", "Backport", "Host", "KernelTree", "Interleave", "Ports", "Reporting",
        "TestSupport", "patchkit", argumentParser,
      ],
      swiftSettings: settings),
  ]
)
