// SPDX-License-Identifier: GPL-2.0-only

public import ArgumentParser
public import Backport
public import Evaluation
public import PatchFormat

extension CaseHalf: ExpressibleByArgument {}

extension Confidence: ExpressibleByArgument {}

extension HouseStyle: ExpressibleByArgument {}
