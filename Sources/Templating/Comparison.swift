import JSON

/// Equality, order and membership as Python has them.
extension Renderer {
    func compare(_ operation: ComparisonOperator, _ left: Value, _ right: Value) throws(TemplateError) -> Bool {
        switch operation {
        case .equal: return try areEqual(left, right)
        case .notEqual: return !(try areEqual(left, right))
        case .contained: return try contains(right, left)
        case .notContained: return !(try contains(right, left))
        case .less: return try isLess(left, right, symbol: "<")
        case .greater: return try isLess(right, left, symbol: ">")
        case .lessOrEqual:
            let isLess = try isLess(left, right, symbol: "<=")
            return isLess ? true : try areEqual(left, right)
        case .greaterOrEqual:
            let isGreater = try isLess(right, left, symbol: ">=")
            return isGreater ? true : try areEqual(left, right)
        }
    }

    func areEqual(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
        try charge(1)
        switch (left, right) {
        case (.string(let a), .string(let b)):
            try charge(bytes: min(a.string.utf8.count, b.string.utf8.count))
            return a.string.hasSameBytes(as: b.string)
        case (.undefined, .undefined), (.none, .none): return true
        case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)): return try areEqual(a.values, b.values)
        case (.dict(let a), .dict(let b)): return try areEqual(a, b)
        case (.range(let a), .range(let b)):
            return a.count == b.count && (a.count == 0 || a.start == b.start) && (a.count < 2 || a.step == b.step)
        case (.namespace(let a), .namespace(let b)): return a === b
        case (.function(let a), .function(let b)): return a === b
        case (.loop(let a), .loop(let b)): return a === b
        case (.cycler(let a), .cycler(let b)): return a === b
        case (.generator(let a), .generator(let b)): return a === b
        default: return areEqualNumbers(left, right)
        }
    }

    private func areEqualNumbers(_ left: Value, _ right: Value) -> Bool {
        if let a = left.integer, let b = right.integer { return a == b }
        if let a = left.integer, case .double(let b) = right { return Int(exactly: b) == a }
        if case .double(let a) = left, let b = right.integer { return Int(exactly: a) == b }
        if case .double(let a) = left, case .double(let b) = right { return a == b }
        return false
    }

    private func areEqual(_ left: [Value], _ right: [Value]) throws(TemplateError) -> Bool {
        guard left.count == right.count else { return false }
        for (a, b) in zip(left, right) {
            guard try areEqual(a, b) else { return false }
        }
        return true
    }

    private func areEqual(_ left: Table, _ right: Table) throws(TemplateError) -> Bool {
        guard left.count == right.count else { return false }
        for (key, value) in left.members {
            guard let other = right[try self.key(key)], try areEqual(value, other) else { return false }
        }
        return true
    }

    /// Whether `left` comes before `right`; `symbol` is the operator to name when the two have no order.
    func isLess(_ left: Value, _ right: Value, symbol: String) throws(TemplateError) -> Bool {
        try charge(1)
        switch (left, right) {
        case (.string(let a), .string(let b)):
            try charge(bytes: min(a.string.utf8.count, b.string.utf8.count))
            return a.string.utf8.lexicographicallyPrecedes(b.string.utf8)
        case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
            return try isLess(a.values, b.values, symbol: symbol)
        case (.undefined(let undefined), _), (_, .undefined(let undefined)): throw TemplateError(undefined.message)
        default: break
        }
        if let a = left.integer, let b = right.integer { return a < b }
        if let a = left.integer, case .double(let b) = right { return isLess(a, b) }
        if case .double(let a) = left, let b = right.integer {
            return !a.isNaN && !isLess(b, a) && Int(exactly: a) != b
        }
        if case .double(let a) = left, case .double(let b) = right { return a < b }
        throw TemplateError("'\(symbol)' not supported between '\(left.typeName)' and '\(right.typeName)'")
    }

    /// Exact, where converting the whole number would round it.
    private func isLess(_ whole: Int, _ double: Double) -> Bool {
        guard double.magnitude < 0x1p63 else { return double > 0 }
        return whole < Int(double.rounded(.up))
    }

    private func isLess(_ left: [Value], _ right: [Value], symbol: String) throws(TemplateError) -> Bool {
        for (a, b) in zip(left, right) where !(try areEqual(a, b)) { return try isLess(a, b, symbol: symbol) }
        return left.count < right.count
    }

    /// `value in container`.
    func contains(_ container: Value, _ value: Value) throws(TemplateError) -> Bool {
        switch container {
        case .string(let text):
            guard case .string(let part) = value else {
                throw TemplateError("'in <string>' requires string as left operand, not \(value.typeName)")
            }
            try charge(bytes: text.string.utf8.count + part.string.utf8.count)
            return text.string.firstByteRange(of: part.string) != nil
        case .dict(let table): return table[try key(value)] != nil
        case .view(let view) where view.kind == .keys: return view.table[try key(value)] != nil
        case .range(let range):
            guard let number = value.integer else { return false }
            let (offset, overflow) = number.subtractingReportingOverflow(range.start)
            guard !overflow, offset % range.step == 0 else { return false }
            return (0..<range.count).contains(offset / range.step)
        default:
            for element in try elements(of: container) where try areEqual(element, value) { return true }
            return false
        }
    }

    // MARK: Sequences

    /// What iterating over a value gives.
    func elements(of value: Value) throws(TemplateError) -> [Value] {
        switch value {
        case .list(let elements), .tuple(let elements): return elements.values
        case .undefined: return []
        case .dict(let table):
            try charge(table.count)
            return table.keys
        case .view(let view):
            try charge(view.table.count)
            return view.values
        case .range(let range):
            try charge(range.count)
            return (0..<range.count).map { .int(range[$0]) }
        case .string(let text):
            try charge(4 * text.string.utf8.count)
            return text.string.unicodeScalars.map { .string(text.derived(String($0))) }
        case .generator(let generator): return try nested { () throws(TemplateError) in try generator.rest() }
        default: throw TemplateError("'\(value.typeName)' object is not iterable")
        }
    }

    /// Python's `len`.
    func count(of value: Value) throws(TemplateError) -> Int {
        switch value {
        case .list(let elements), .tuple(let elements): return elements.values.count
        case .undefined: return 0
        case .dict(let table): return table.count
        case .view(let view): return view.table.count
        case .range(let range): return range.count
        case .string(let text):
            try charge(bytes: text.string.utf8.count)
            return text.string.codePointCount
        case .loop(let loop): return try loop.length()
        default: throw TemplateError("object of type '\(value.typeName)' has no len()")
        }
    }

    /// Python's stable `sorted`; `keys` are compared, `values` are moved.
    func sorted(_ values: [Value], by keys: [Value], isReversed: Bool) throws(TemplateError) -> [Value] {
        try charge(values.count)
        var order = Array(values.indices)
        var spare = order
        var width = 1
        while width < order.count {
            for start in Swift.stride(from: 0, to: order.count, by: 2 * width) {
                let middle = min(start + width, order.count)
                let end = min(start + 2 * width, order.count)
                var (left, right) = (start, middle)
                for slot in start..<end {
                    var takesRight = left >= middle
                    if !takesRight, right < end {
                        takesRight =
                            isReversed
                            ? try isLess(keys[order[left]], keys[order[right]], symbol: "<")
                            : try isLess(keys[order[right]], keys[order[left]], symbol: "<")
                    }
                    spare[slot] = takesRight ? order[right] : order[left]
                    if takesRight { right += 1 } else { left += 1 }
                }
            }
            swap(&order, &spare)
            width *= 2
        }
        return order.map { values[$0] }
    }
}
