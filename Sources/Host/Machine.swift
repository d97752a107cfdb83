// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// The computer that the program runs on: its processors, its environment, its clock.
package enum Machine {
  /// The number of processors that work can be spread over.
  package static let processors: Int = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// The value of a variable of the environment; nil where it is not set.
  package static func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// The program of that name on the search path; nil where there is none.
  package static func program(named name: String) -> String? {
    guard let path = variable("PATH") else { return nil }
    return path.split(separator: ":").map { "\($0)/\(name)" }
      .first { unsafe access($0, X_OK) == 0 }
  }

  /// Whether a program of that name is on the search path.
  package static func hasProgram(_ name: String) -> Bool { program(named: name) != nil }

  /// Seconds since the beginning of 1970.
  package static var secondsSince1970: Int { time(nil) }

  /// Waits so long, so that what another thread or process does can end.
  package static func pause(microseconds: UInt32) { usleep(microseconds) }

  /// The date of today in the local time zone, such as `2026-03-01`.
  package static var today: String {
    var now = time(nil)
    var parts = unsafe tm()
    unsafe _ = localtime_r(&now, &parts)
    func padded(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
    return unsafe "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
  }
}
