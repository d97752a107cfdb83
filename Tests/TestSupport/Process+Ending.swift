// SPDX-License-Identifier: GPL-2.0-only

/// What still runs of the processes with a text in their command line, after some seconds in which they may end;
/// empty where none does.
public func stillRunning(_ text: String) async throws -> String {
  var left = ""
  for _ in 0..<100 {
    left = try await run("pgrep", ["-f", text]).text
    if left.isEmpty { break }
    _ = try await run("sleep", ["0.1"])
  }
  return left
}
