// SPDX-License-Identifier: GPL-2.0-only

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

  /// Reads the dates of mail (`Mon, 7 Feb 2011 10:20:30 -0500`), of git's log
  /// (`Mon Feb 7 10:20:30 2011 -0500`) and ISO dates (`2011-02-07 10:20:30 -0500`).
  package init?(_ text: String) {
    var day: Int?
    var month: Int?
    var year: Int?
    var time: (Int, Int, Int)?
    var zone = 0
    for word in text.split(whereSeparator: { " ,\t\n".contains($0) }) {
      let parts = word.split(separator: ":", omittingEmptySubsequences: false)
      if parts.count == 2 || parts.count == 3, time == nil {
        guard let hour = Int(parts[0]), let minute = Int(parts[1]),
          let second = parts.count == 3 ? Int(parts[2].prefix(2)) : 0,
          (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        time = (hour, minute, second)
      } else if time != nil, word.count == 5, word.first == "+" || word.first == "-",
        let digits = Int(word.dropFirst())
      {
        zone = (digits / 100 * 60 + digits % 100) * (word.first == "-" ? -1 : 1)
      } else if let index = Self.months.firstIndex(of: String(word.prefix(3).lowercased())),
        month == nil
      {
        month = index + 1
      } else if let number = Int(word), number >= 0 {
        if word.count == 4 { year = number } else if day == nil { day = number }
      } else {
        let date = word.split(separator: "-")
        guard date.count == 3, date[0].count == 4, let y = Int(date[0]), let m = Int(date[1]),
          let d = Int(date[2])
        else { continue }
        (year, month, day) = (y, m, d)
      }
    }
    guard let day, let month, let year, let time, (1...31).contains(day), (1...12).contains(month),
      (1900...9999).contains(year), abs(zone) <= 14 * 60
    else { return nil }
    let days = Self.daysSince1970(year: year, month: month, day: day)
    let ofDay = (time.0 * 60 + time.1) * 60 + time.2
    seconds = Int64(days * 86_400 + ofDay - zone * 60)
    zoneMinutes = zone
  }

  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  /// Days from 1970-01-01 in the Gregorian calendar, by years that start in March.
  private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = y / 400
    let ofEra = y - era * 400
    let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }
}
