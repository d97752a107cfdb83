// SPDX-License-Identifier: GPL-2.0-only

/// Encodes one value into a writer's text.
struct ValueEncoder: Encoder {
  let writer: JSONWriter
  /// The number of containers that are open around the value.
  let depth: Int

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(
      Members(writer: writer, depth: writer.start(isObject: true, at: depth)))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    Elements(writer: writer, depth: writer.start(isObject: false, at: depth))
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { SingleValue(writer: writer) }
}

/// The members of an object.
private struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let writer: JSONWriter
  let depth: Int

  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) throws {
    try writer.next(key.stringValue, at: depth)
    writer.append("null")
  }

  func encode(_ value: Int, forKey key: Key) throws {
    try writer.next(key.stringValue, at: depth)
    writer.append(value.description)
  }

  func encode(_ value: String, forKey key: Key) throws {
    try writer.next(key.stringValue, at: depth)
    writer.write(value)
  }

  func encode(_ value: some Encodable, forKey key: Key) throws {
    try writer.next(key.stringValue, at: depth)
    try writer.write(value)
  }

  func nestedContainer<Other: CodingKey>(
    keyedBy type: Other.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Other> {
    superEncoder(forKey: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    superEncoder(forKey: key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { writer.nextEncoder("super", at: depth) }

  func superEncoder(forKey key: Key) -> any Encoder {
    writer.nextEncoder(key.stringValue, at: depth)
  }
}

/// The elements of an array.
private struct Elements: UnkeyedEncodingContainer {
  let writer: JSONWriter
  let depth: Int
  private(set) var count = 0

  init(writer: JSONWriter, depth: Int) { (self.writer, self.depth) = (writer, depth) }

  var codingPath: [any CodingKey] { [] }

  private mutating func next() throws {
    count += 1
    try writer.next(nil, at: depth)
  }

  mutating func encodeNil() throws {
    try next()
    writer.append("null")
  }

  mutating func encode(_ value: some Encodable) throws {
    try next()
    try writer.write(value)
  }

  mutating func nestedContainer<Key: CodingKey>(
    keyedBy type: Key.Type
  ) -> KeyedEncodingContainer<Key> {
    superEncoder().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    superEncoder().unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder {
    count += 1
    return writer.nextEncoder(nil, at: depth)
  }
}

/// A value that is not an array or an object.
private struct SingleValue: SingleValueEncodingContainer {
  let writer: JSONWriter

  var codingPath: [any CodingKey] { [] }

  func encodeNil() { writer.append("null") }
  func encode(_ value: Bool) { writer.append(value ? "true" : "false") }
  func encode(_ value: String) { writer.write(value) }
  func encode(_ value: Double) throws { try writer.write(value) }
  func encode(_ value: Float) throws { try writer.write(Double(value)) }
  func encode(_ value: Int) { writer.append(value.description) }
  func encode(_ value: Int8) { writer.append(value.description) }
  func encode(_ value: Int16) { writer.append(value.description) }
  func encode(_ value: Int32) { writer.append(value.description) }
  func encode(_ value: Int64) { writer.append(value.description) }
  func encode(_ value: UInt) { writer.append(value.description) }
  func encode(_ value: UInt8) { writer.append(value.description) }
  func encode(_ value: UInt16) { writer.append(value.description) }
  func encode(_ value: UInt32) { writer.append(value.description) }
  func encode(_ value: UInt64) { writer.append(value.description) }
  func encode(_ value: some Encodable) throws { try writer.write(value) }
}
