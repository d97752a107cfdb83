// SPDX-License-Identifier: GPL-2.0-only
import Testing
@Test func placeholder() { #expect(Bool(true)) }
