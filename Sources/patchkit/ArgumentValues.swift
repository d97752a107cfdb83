// SPDX-License-Identifier: GPL-2.0-only

public import ArgumentParser
public import Backport
public import Evaluation

extension CaseHalf: ExpressibleByArgument {}

extension Confidence: ExpressibleByArgument {}
