// SPDX-License-Identifier: GPL-2.0-only

/// Reads a date by the rules of git's `parse_date_basic`: words, numbers and zones, sorted or not, each
/// read as what it can be.
struct DateReader {
  private let text: [UInt8]
  private var index = 0
  private var year: Int?
  private var month: Int?
  private var day: Int?
  private var hour: Int?
  private var minute: Int?
  private var second: Int?
  private var zone: Int?
  private var epoch: Int?

  init(_ text: [UInt8]) {
    self.text = Array(text.prefix { $0 != 0x0A && $0 != 0 }.prefix(1024))
  }

  /// The date; nil where the text does not name a day and a time between 1970 and 2099.
  mutating func read() -> MailDate? {
    if let date = objectHeaderDate() { return date }
    while index < text.count {
      let byte = text[index]
      if Self.isLetter(byte) {
        readWord()
      } else if Self.isDigit(byte) {
        readNumber()
      } else if byte == 0x2B || byte == 0x2D, index + 1 < text.count, Self.isDigit(text[index + 1])
      {
        readZone()
      } else {
        index += 1
      }
    }
    if let epoch {
      return MailDate(seconds: Int64(epoch), zoneMinutes: zone ?? 0)
    }
    guard let year, let month, let day, let hour, let minute, let second,
      (1970...2099).contains(year)
    else { return nil }
    let ofDay = (hour * 60 + minute) * 60 + second
    let zone =
      self.zone ?? MailDate.localZone(year: year, month: month, day: day, secondOfDay: ofDay)
    let days = MailDate.daysSince1970(year: year, month: month, day: day)
    let seconds = days * 86_400 + ofDay - zone * 60
    return seconds < 0 ? nil : MailDate(seconds: Int64(seconds), zoneMinutes: zone)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

  /// The digits from an offset on, as a number that does not overflow, and the offset after them.
  private func number(at start: Int) -> (value: Int, end: Int) {
    var value = 0
    var end = start
    while end < text.count, Self.isDigit(text[end]) {
      value = min(value * 10 + Int(text[end] - 0x30), 1 << 50)
      end += 1
    }
    return (value, end)
  }

  /// `@SECONDS +ZONE` and nothing else, which names any moment.
  private func objectHeaderDate() -> MailDate? {
    guard text.first == UInt8(ascii: "@"), text.count > 1, Self.isDigit(text[1]) else { return nil }
    let (seconds, end) = number(at: 1)
    guard end + 6 == text.count, text[end] == 0x20, text[end + 1] == 0x2B || text[end + 1] == 0x2D
    else { return nil }
    let (zone, last) = number(at: end + 2)
    guard last == text.count, seconds < 1 << 50 else { return nil }
    let minutes = zone / 100 * 60 + zone % 100
    return MailDate(
      seconds: Int64(seconds), zoneMinutes: text[end + 1] == 0x2D ? -minutes : minutes)
  }

  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
  ]
  private static let days = [
    "sundays", "mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays",
  ]
  /// Zones by name, in hours east of UTC, summer time included.
  private static let zones: [(name: String, hours: Int)] = [
    ("idlw", -12), ("nt", -11), ("cat", -10), ("hst", -10), ("hdt", -9), ("yst", -9), ("ydt", -8),
    ("pst", -8), ("pdt", -7), ("mst", -7), ("mdt", -6), ("cst", -6), ("cdt", -5), ("est", -5),
    ("edt", -4), ("ast", -3), ("adt", -2), ("wat", -1), ("gmt", 0), ("utc", 0), ("z", 0),
    ("wet", 0), ("bst", 1), ("cet", 1), ("met", 1), ("mewt", 1), ("mest", 2), ("cest", 2),
    ("mesz", 2), ("fwt", 1), ("fst", 2), ("eet", 2), ("eest", 3), ("wast", 7), ("wadt", 8),
    ("cct", 8), ("jst", 9), ("east", 10), ("eadt", 11), ("gst", 10), ("nzt", 12), ("nzst", 12),
    ("nzdt", 13), ("idle", 12),
  ]

  /// The length of a name at this position; 0 if other letters or digits follow it.
  private func match(_ name: String) -> Int {
    let name = Array(name.utf8)
    var count = 0
    while index + count < text.count {
      let byte = text[index + count]
      guard Self.isLetter(byte) || Self.isDigit(byte) else { break }
      guard count < name.count, byte | 0x20 == name[count] else { return 0 }
      count += 1
    }
    return count
  }

  private mutating func readWord() {
    for (number, name) in Self.months.enumerated() where match(name) >= 3 {
      month = number + 1
      index += match(name)
      return
    }
    for name in Self.days where match(name) >= 3 {
      index += match(name)
      return
    }
    for (name, hours) in Self.zones {
      let count = match(name)
      if count >= 3 || count == name.utf8.count {
        zone = zone ?? hours * 60
        index += count
        return
      }
    }
    for (name, hours) in [("pm", 12), ("am", 0)] where match(name) == 2 {
      hour = (hour ?? -1) % 12 + hours
      index += 2
      return
    }
    if text[index] == UInt8(ascii: "T"), hour == nil, index + 1 < text.count,
      Self.isDigit(text[index + 1])
    {
      (minute, second) = (0, 0)
      index += 1
      return
    }
    while index < text.count, Self.isLetter(text[index]) { index += 1 }
  }

  private var isEmpty: Bool {
    year == nil && month == nil && day == nil && hour == nil && minute == nil && second == nil
  }

  private mutating func readNumber() {
    let (value, end) = number(at: index)
    let digits = end - index
    if value >= 100_000_000, isEmpty, epoch == nil, value < 1 << 40 {
      epoch = value
      index = end
      return
    }
    if end + 1 < text.count, Self.isDigit(text[end + 1]),
      [UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-")]
        .contains(text[end]),
      readGroup(value, separator: text[end], end)
    {
      return
    }
    index = end
    if digits == 8 {
      setDate(year: value / 10_000, month: value / 100 % 100, day: value % 100)
      return
    }
    if digits == 6 {
      if setTime(value / 10_000, value / 100 % 100, value % 100) { skipFraction() }
      return
    }
    if hour == nil, minute == 0, second == 0 {
      let (hours, minutes) = digits == 4 ? (value / 100, value % 100) : (value, 0)
      if digits == 4 || digits == 2, setTime(hours, minutes, 0) { return }
      (minute, second) = (nil, nil)
    }
    if digits == 4 {
      if value <= 1400, zone == nil {
        zone = value / 100 * 60 + value % 100
      } else if value > 1900, value < 2100 {
        year = value
      }
    } else if digits <= 2 {
      readSmallNumber(value, digits)
    }
  }

  /// A number of one or two digits: a day before a year, a year before a month.
  private mutating func readSmallNumber(_ value: Int, _ digits: Int) {
    if (1...31).contains(value), day == nil {
      day = value
      return
    }
    if digits == 2, year == nil {
      if value < 10, day != nil {
        year = 2000 + value
        return
      }
      if value >= 70 {
        year = 1900 + value
        return
      }
    }
    if (1...12).contains(value), month == nil { month = value }
  }

  /// `10:20:30`, `2011-02-07`, `02/07/2011` or `7.2.2011`.
  private mutating func readGroup(_ first: Int, separator: UInt8, _ end: Int) -> Bool {
    let second = number(at: end + 1)
    var third: (value: Int, end: Int)?
    if second.end + 1 < text.count, text[second.end] == separator,
      Self.isDigit(text[second.end + 1])
    {
      third = number(at: second.end + 1)
    }
    let last = third?.end ?? second.end
    let isRead: Bool
    if separator == UInt8(ascii: ":") {
      isRead = setTime(first, second.value, third?.value ?? 0)
    } else {
      let third = third?.value
      let isGerman = separator == UInt8(ascii: ".")
      isRead =
        first > 70
        && (setDate(year: first, month: second.value, day: third)
          || setDate(year: first, month: third, day: second.value))
        || !isGerman && setDate(year: third, month: first, day: second.value, refusesFuture: true)
        || setDate(year: third, month: second.value, day: first, refusesFuture: true)
        || isGerman && setDate(year: third, month: first, day: second.value, refusesFuture: true)
    }
    guard isRead else { return false }
    index = last
    if separator == UInt8(ascii: ":"), year != nil, month != nil, day != nil { skipFraction() }
    return true
  }

  private mutating func skipFraction() {
    if index + 1 < text.count, text[index] == UInt8(ascii: "."), Self.isDigit(text[index + 1]) {
      index = number(at: index + 1).end
    }
  }

  private mutating func setTime(_ hour: Int, _ minute: Int, _ second: Int) -> Bool {
    guard hour <= 24, minute < 60, second <= 60 else { return false }
    (self.hour, self.minute, self.second) = (hour, minute, second)
    return true
  }

  @discardableResult
  private mutating func setDate(
    year: Int?, month: Int?, day: Int?, refusesFuture: Bool = false
  ) -> Bool {
    guard let month, let day, (1...12).contains(month), (1...31).contains(day) else { return false }
    var named: Int?
    switch year {
    case nil: break
    case let year? where (1970..<2100).contains(year): named = year
    case let year? where (71..<100).contains(year): named = 1900 + year
    case let year? where year < 38: named = 2000 + year
    default: return false
    }
    // Where month and day can be either way round, a day that is yet to come is the wrong reading.
    if refusesFuture {
      let now = MailDate.now / 86_400
      let current = named ?? 1970 + Int(Double(now) / 365.2425)
      if MailDate.daysSince1970(year: current, month: month, day: day) > now + 10 { return false }
    }
    (self.month, self.day) = (month, day)
    if let named { self.year = named }
    return true
  }

  private mutating func readZone() {
    let sign = text[index] == 0x2D ? -1 : 1
    var (hours, end) = number(at: index + 1)
    var minutes = 0
    switch end - index - 1 {
    case 4: (hours, minutes) = (hours / 100, hours % 100)
    case 2:
      if end < text.count, text[end] == UInt8(ascii: ":") {
        let colon = end
        (minutes, end) = number(at: colon + 1)
        if end - colon != 3 { minutes = 99 }
      }
    default: minutes = 99
    }
    index = max(end, index + 1)
    if minutes < 60, hours < 24 { zone = sign * (hours * 60 + minutes) }
  }
}
