// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A moment and the zone it was written in, as git keeps the dates of commits.
package struct MailDate: Sendable, Hashable {
  /// Seconds since 1970 in UTC.
  package var seconds: Int64
  /// Minutes east of UTC.
  package var zoneMinutes: Int

  /// Makes a date from seconds since 1970 and minutes east of UTC.
  package init(seconds: Int64, zoneMinutes: Int) {
    self.seconds = seconds
    self.zoneMinutes = zoneMinutes
  }

  /// Reads a date in one of the forms that git reads: mail's (`Mon, 7 Feb 2011 10:20:30 -0500`), that
  /// of git's log (`Mon Feb 7 10:20:30 2011 -0500`), ISO 8601, seconds since 1970, and others.
  ///
  /// A date that names no zone is one of the machine's zone, as in git.
  package init?(_ text: String) {
    var reader = DateReader(Array(text.utf8))
    guard let date = reader.read() else { return nil }
    self = date
  }

  /// Days from 1970-01-01 in the Gregorian calendar, by years that start in March.
  static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = y / 400
    let ofEra = y - era * 400
    let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }

  /// The seconds since 1970 by the machine's clock.
  static var now: Int { time(nil) }

  /// The machine's zone at a moment that is written in it, in minutes east of UTC.
  static func localZone(year: Int, month: Int, day: Int, secondOfDay: Int) -> Int {
    var fields = unsafe tm()
    unsafe fields.tm_year = Int32(year - 1900)
    unsafe fields.tm_mon = Int32(month - 1)
    unsafe fields.tm_mday = Int32(day)
    unsafe fields.tm_hour = Int32(secondOfDay / 3600)
    unsafe fields.tm_min = Int32(secondOfDay / 60 % 60)
    unsafe fields.tm_sec = Int32(secondOfDay % 60)
    unsafe fields.tm_isdst = -1
    let seconds = unsafe mktime(&fields)
    let asUTC = daysSince1970(year: year, month: month, day: day) * 86_400 + secondOfDay
    return seconds == -1 ? 0 : (asUTC - seconds) / 60
  }
}
