// swift-tools-version: 6.2
// SPDX-License-Identifier: GPL-2.0-only
import Foundation
import PackageDescription

/// Every target is built the same way: Swift 6, unsafe code marked, no warnings.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

/// Tests are compiled without optimization, also with `-c release`: the optimizer needs most of the time, and what
/// they test is optimized all the same.
///
/// The flag is unsafe, so only the tests have it.
let testSettings: [SwiftSetting] =
  settings + [.unsafeFlags(["-Onone", "-gnone"], .when(configuration: .release))]

/// What libgit2's archive needs apart from the network.
let libgit2Needs = ["mbedcrypto", "http_parser", "pcre2-8", "z"]

/// What Foundation's archives need of each other: modules compiled for the shared runtime name only the
/// first of them.
let foundationNeeds = ["_FoundationCShims", "_FoundationCollections"]

/// Whether the program can be linked without shared libraries.
///
/// `Sources/COffline` replaces parts of
/// libgit2 1.5, whose archive and those that it needs come with Debian's libgit2-dev. Other versions are
/// linked as shared libraries.
let isStatic =
  ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"].contains { folder in
    let package = try? String(contentsOfFile: folder + "/pkgconfig/libgit2.pc", encoding: .utf8)
    return package?.contains("\nVersion: 1.5.") == true
      && (["git2", "deflate", "gcrypt", "gpg-error", "sqlite3", "yaml"] + libgit2Needs).allSatisfy {
        FileManager.default.fileExists(atPath: "\(folder)/lib\($0).a")
      }
  }

/// Has `Sources/COffline/unwind.c` keep a static program's unwind table from being sorted at every run.
let unwindTable = ["register", "deregister"].flatMap { ["-Xlinker", "--wrap=__\($0)_frame_info"] }

/// How a release build of the program is linked.
///
/// A process of 37 shared libraries starts in ten times the time of a static one, so the program is static where the
/// archives are; with `PATCHKIT_LINK=shared` it is not. With `PATCHKIT_LINK=static`, where an archive is missing, only
/// Swift's runtime is linked in. These flags are unsafe, so only the program has them: a package that depends on one
/// of the libraries may not have any. lld resolves archives in whatever order, and links in a third of the time.
let programLinking: [LinkerSetting] = {
  let wish = Context.environment["PATCHKIT_LINK"] ?? ""
  guard ["", "static", "shared"].contains(wish) else {
    fatalError("PATCHKIT_LINK is 'static' or 'shared', and not '\(wish)'")
  }
  guard wish != "shared", isStatic || wish == "static" else { return [] }
  let flags =
    isStatic
    ? ["-static-executable"] + unwindTable + (foundationNeeds + libgit2Needs).map { "-l" + $0 }
    : ["-static-stdlib"] + foundationNeeds.map { "-l" + $0 }
  return [.unsafeFlags(["-use-ld=lld"] + flags, .when(configuration: .release))]
}()

/// The commands are compiled without optimization.
///
/// They read options and print; what takes time is in the libraries. To optimize them, the compiler needs 40 seconds in
/// which nothing else can be built, and a short command then takes 4 % less time.
let commandSettings: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

/// The program of `Fuzzing/run`: it has no main function without libFuzzer, so other builds leave it out.
let fuzzing: [Target] =
  Context.environment["PATCHKIT_FUZZING"] == nil
  ? []
  : [
    .executableTarget(
      name: "Fuzz", dependencies: ["FuzzProperties"], path: "Fuzzing/Sources/Fuzz",
      swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
  ]

let package = Package(
  name: "patchkit",
  products: [
    .executable(name: "patchkit", targets: ["patchkit"]),
    .library(name: "PatchFormat", targets: ["PatchFormat"]),
    .library(
      name: "Backport", targets: ["Backport", "Host", "KernelTree", "PatchFormat", "TextAlign"]),
    .library(name: "CSource", targets: ["CSource"]),
    .library(name: "Interleave", targets: ["Interleave"]),
    .library(
      name: "Analysis",
      targets: ["Analysis", "Backport", "CSource", "Host", "KernelTree", "PatchFormat"]),
    .library(name: "Ledger", targets: ["Ledger", "Backport", "Host"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    .systemLibrary(
      name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
    .systemLibrary(name: "CGcrypt", providers: [.apt(["libgcrypt20-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CDeflate", providers: [.apt(["libdeflate-dev"])]),
    .target(name: "CEmbeddedFiles"),
    .target(name: "EmbeddedFiles", dependencies: ["CEmbeddedFiles"], swiftSettings: settings),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(
      name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "PatchFormat", swiftSettings: settings),
    .target(name: "TextAlign", dependencies: ["CLinux"], swiftSettings: settings),
    .target(name: "CSource", swiftSettings: settings),
    .target(
      name: "Host", dependencies: ["CDeflate", "CGcrypt", "CLinux", subprocess, systemPackage],
      swiftSettings: settings),
    .target(
      name: "Git", dependencies: ["CLibgit2", "CDeflate", "PatchFormat", "TextAlign", "Host"],
      swiftSettings: settings),
    .target(
      name: "History", dependencies: ["CSQLite", "PatchFormat", "TextAlign", "Git", "Host"],
      swiftSettings: settings),
    .target(
      name: "KernelTree", dependencies: ["CLinux", "Host", "TextAlign", "Git"],
      swiftSettings: settings),
    .target(
      name: "Symbols", dependencies: ["CSource", "TextAlign", "Host", "KernelTree"],
      swiftSettings: settings),
    .target(
      name: "Backport",
      dependencies: [
        "CLinux", "CSource", "PatchFormat", "TextAlign", "Git", "Host", "History", "KernelTree",
        "Symbols",
      ],
      swiftSettings: settings),
    .target(
      name: "TreeBuild",
      dependencies: ["CSource", "TextAlign", "Host", "KernelTree", "Backport"],
      swiftSettings: settings),
    .target(
      name: "PatchSeries",
      dependencies: ["PatchFormat", "TextAlign", "Host", "KernelTree", "Backport"],
      swiftSettings: settings),
    .target(
      name: "Analysis",
      dependencies: [
        "PatchFormat", "TextAlign", "CSource", "Git", "Host", "History", "KernelTree", "Symbols",
        "Backport",
      ],
      swiftSettings: settings),
    .target(name: "Interleave", swiftSettings: settings),
    .target(name: "KernelModel", dependencies: ["Interleave"], swiftSettings: settings),
    .target(name: "Ports", dependencies: ["Interleave", "KernelModel"], swiftSettings: settings),
    .target(
      name: "PortCheck",
      dependencies: [
        "CSource", "Host", "KernelTree", "Git", "TextAlign", "Interleave", "KernelModel", "Ports",
        "EmbeddedFiles",
      ],
      exclude: ["userspace"],
      swiftSettings: settings),
    .target(
      name: "Ledger",
      dependencies: [
        "CYAML", "EmbeddedFiles", "PatchFormat", "TextAlign", "Host", "History", "KernelTree",
        "Symbols",
        "Backport", "TreeBuild", "Analysis", "Interleave", "Ports", "PortCheck",
      ],
      exclude: [
        "Published/manifest.schema.json", "Published/report.schema.json", "Published/github.yml",
        "Published/gitlab.yml",
      ],
      swiftSettings: settings),
    .target(
      name: "Evaluation",
      dependencies: ["CSource", "PatchFormat", "Git", "Host", "KernelTree", "Backport"],
      swiftSettings: settings),
    .target(
      name: "Reporting",
      dependencies: [
        "CLinux", "EmbeddedFiles", "Host", "PatchFormat", "TextAlign", "Backport", "Evaluation",
        "Interleave", "Ports", "PortCheck", "Analysis", "CSource", "PatchSeries",
      ],
      exclude: ["Published"], swiftSettings: settings),
    .target(
      name: "VerifyReports",
      dependencies: [
        "EmbeddedFiles", "Host", "Backport", "Interleave", "PortCheck", "Ledger", "Reporting",
      ],
      exclude: ["page.css", "page.js", "diagram.js"], swiftSettings: settings),
    .target(
      name: "Commands",
      dependencies: [
        "PatchFormat", "Host", "KernelTree", "Backport", "Evaluation", "Interleave", "Ports",
        "Analysis", "TreeBuild",
        "PortCheck", "Ledger", "PatchSeries", "Reporting", "VerifyReports", "TextAlign",
        argumentParser,
      ],
      // The suite runs in the release build, and looks into the program's commands there. No product
      // that another package may depend on has this target in it.
      swiftSettings: settings + [.unsafeFlags(["-enable-testing"])] + commandSettings),
    .executableTarget(
      name: "patchkit", dependencies: ["Commands"] + (isStatic ? ["COffline"] : []),
      swiftSettings: settings, linkerSettings: programLinking),
    .executableTarget(
      name: "SharedProgram", dependencies: ["Commands"] + (isStatic ? ["COffline"] : []),
      path: "Tests/SharedProgram", swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: [subprocess, systemPackage], path: "Tests/TestSupport",
      swiftSettings: settings),
    .target(
      name: "TestTrees", dependencies: ["Host", "KernelTree"], path: "Tests/TestTrees",
      swiftSettings: settings),
    .target(
      name: "FuzzProperties",
      dependencies: [
        "PatchFormat", "CSource", "Host", "KernelTree", "Backport", "PatchSeries", "Ledger",
        "TestTrees",
      ],
      path: "Fuzzing/Sources/FuzzProperties", swiftSettings: settings),
    .testTarget(
      name: "FuzzingTests", dependencies: ["FuzzProperties", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "EmbeddedFilesTests", dependencies: ["EmbeddedFiles", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "PatchFormatTests", dependencies: ["PatchFormat", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "CSourceTests", dependencies: ["CSource", "TestSupport"], swiftSettings: testSettings),
    .testTarget(
      name: "TextAlignTests", dependencies: ["TextAlign", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "InterleaveTests", dependencies: ["Interleave", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "PortTests", dependencies: ["Interleave", "KernelModel", "Ports", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "HistoryTests", dependencies: ["Git", "Host", "History", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "AnalysisTests",
      dependencies: [
        "PatchFormat", "CSource", "Host", "History", "KernelTree", "Symbols", "Backport",
        "Analysis", "TestSupport",
      ],
      swiftSettings: testSettings),
    .testTarget(
      name: "PortCheckTests",
      dependencies: [
        "PatchFormat", "CSource", "Host", "KernelTree", "Backport", "Analysis", "Interleave",
        "KernelModel",
        "Ports", "PortCheck", "Ledger", "TestSupport",
      ],
      swiftSettings: testSettings),
    .testTarget(
      name: "LedgerTests",
      dependencies: [
        "Host", "KernelTree", "Ledger", "PortCheck", "Ports", "Backport", "Reporting",
        "TestSupport",
      ],
      swiftSettings: testSettings),
    .testTarget(
      name: "HostTests", dependencies: ["Host", "TestSupport"], swiftSettings: testSettings),
    .testTarget(
      name: "PatchSeriesTests",
      dependencies: [
        "Backport", "Host", "PatchFormat", "KernelTree", "PatchSeries", "TestSupport",
      ],
      swiftSettings: testSettings),
    .testTarget(
      name: "EvaluationTests", dependencies: ["Backport", "Evaluation", "Host", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "GitTests", dependencies: ["PatchFormat", "TextAlign", "Git", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "StyleTests", dependencies: ["TestSupport"], swiftSettings: testSettings),
    .testTarget(
      name: "ReportingTests", dependencies: ["Reporting", "VerifyReports", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "KernelTreeTests",
      dependencies: ["CLinux", "Git", "Host", "KernelTree", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "SymbolsTests",
      dependencies: ["CSource", "Host", "KernelTree", "Symbols", "TestSupport"],
      swiftSettings: testSettings),
    .testTarget(
      name: "BackportTests",
      dependencies: [
        "PatchFormat", "TextAlign", "Git", "Host", "KernelTree", "Backport", "TestSupport",
        "TestTrees",
      ],
      swiftSettings: testSettings),
    .testTarget(
      name: "PatchkitTests",
      dependencies: [
        "PatchFormat", "Git", "Backport", "Host", "KernelTree", "Interleave", "Ports", "Reporting",
        "TestSupport", "Commands", argumentParser,
      ],
      swiftSettings: testSettings),
  ] + (isStatic ? [.target(name: "COffline", dependencies: ["CLibgit2"])] : []) + fuzzing
)
