/// `+ - * / // % **` and signs, with Python's results; whole numbers that exceed 64 bits are an error.
extension Renderer {
    func calculate(_ operation: ArithmeticOperator, _ left: Value, _ right: Value) throws(TemplateError) -> Value {
        if let a = left.integer, let b = right.integer { return try calculate(operation, a, b) }
        if let a = left.number, let b = right.number { return .double(try calculate(operation, a, b)) }
        if case .undefined(let undefined) = left { throw TemplateError(undefined.message) }
        if operation == .remainder, case .string(let format) = left {
            return .string(try self.format(format, with: right))
        }
        if case .undefined(let undefined) = right { throw TemplateError(undefined.message) }
        switch operation {
        case .add: if let sum = try join(left, right) { return sum }
        case .multiply:
            if let count = right.integer, let product = try repeated(left, count) { return product }
            if let count = left.integer, let product = try repeated(right, count) { return product }
        default: break
        }
        throw TemplateError(
            "unsupported operand type(s) for \(operation.rawValue): '\(left.typeName)' and '\(right.typeName)'")
    }

    private func calculate(_ operation: ArithmeticOperator, _ a: Int, _ b: Int) throws(TemplateError) -> Value {
        let result: (partialValue: Int, overflow: Bool)
        switch operation {
        case .add: result = a.addingReportingOverflow(b)
        case .subtract: result = a.subtractingReportingOverflow(b)
        case .multiply: result = a.multipliedReportingOverflow(by: b)
        case .divide:
            guard b != 0 else { throw TemplateError("division by zero") }
            return .double(Double(a) / Double(b))
        case .floorDivide, .remainder:
            guard b != 0 else { throw TemplateError("integer division or modulo by zero") }
            guard b != -1 else { return operation == .remainder ? .int(0) : try negative(.int(a)) }
            let (quotient, rest) = a.quotientAndRemainder(dividingBy: b)
            let isBelow = rest != 0 && (rest < 0) != (b < 0)
            return .int(operation == .remainder ? rest + (isBelow ? b : 0) : quotient - (isBelow ? 1 : 0))
        case .power:
            guard b >= 0 else { return .double(try calculate(.power, Double(a), Double(b))) }
            result = power(a, b)
        }
        guard !result.overflow else { throw TemplateError("integer overflow") }
        return .int(result.partialValue)
    }

    private func power(_ base: Int, _ exponent: Int) -> (partialValue: Int, overflow: Bool) {
        if base == 0 || base == 1 { return (exponent == 0 ? 1 : base, false) }
        if base == -1 { return (exponent % 2 == 0 ? 1 : -1, false) }
        guard exponent < 64 else { return (0, true) }
        var result = 1
        for _ in 0..<exponent {
            let (product, overflow) = result.multipliedReportingOverflow(by: base)
            if overflow { return (0, true) }
            result = product
        }
        return (result, false)
    }

    private func calculate(_ operation: ArithmeticOperator, _ a: Double, _ b: Double) throws(TemplateError) -> Double {
        switch operation {
        case .add: return a + b
        case .subtract: return a - b
        case .multiply: return a * b
        case .divide:
            guard b != 0 else { throw TemplateError("float division by zero") }
            return a / b
        case .floorDivide, .remainder:
            guard b != 0 else { throw TemplateError("float modulo by zero") }
            var rest = a.truncatingRemainder(dividingBy: b)
            if rest != 0, (rest < 0) != (b < 0) { rest += b }
            return operation == .remainder ? rest : ((a - rest) / b).rounded(.toNearestOrEven)
        case .power: return try power(a, b)
        }
    }

    /// Whole exponents only, so that nothing but multiplication is needed.
    private func power(_ base: Double, _ exponent: Double) throws(TemplateError) -> Double {
        if exponent == 0.5, base >= 0 { return base.squareRoot() }
        guard let whole = Int(exactly: exponent), whole.magnitude <= 1024 else {
            throw TemplateError("exponent is not supported")
        }
        guard base != 0 || whole >= 0 else { throw TemplateError("0.0 cannot be raised to a negative power") }
        var result = 1.0
        for _ in 0..<whole.magnitude { result *= base }
        guard result.isFinite || !base.isFinite else { throw TemplateError("numerical result out of range") }
        return whole < 0 ? 1 / result : result
    }

    func negative(_ value: Value) throws(TemplateError) -> Value {
        switch value {
        case .double(let number): return .double(-number)
        case .undefined(let undefined): throw TemplateError(undefined.message)
        default:
            guard let number = value.integer else {
                throw TemplateError("bad operand type for unary -: '\(value.typeName)'")
            }
            guard number != Int.min else { throw TemplateError("integer overflow") }
            return .int(-number)
        }
    }

    func positive(_ value: Value) throws(TemplateError) -> Value {
        switch value {
        case .double: return value
        case .undefined(let undefined): throw TemplateError(undefined.message)
        default:
            guard let number = value.integer else {
                throw TemplateError("bad operand type for unary +: '\(value.typeName)'")
            }
            return .int(number)
        }
    }

    /// Text or sequences of one kind after each other; nil for anything else.
    private func join(_ left: Value, _ right: Value) throws(TemplateError) -> Value? {
        switch (left, right) {
        case (.string(let a), .string(let b)):
            let isMarkup = a.isMarkup || b.isMarkup
            var text = (isMarkup ? a.markup : a).marked
            text.append((isMarkup ? b.markup : b).marked)
            try charge(bytes: text.string.utf8.count)
            return .string(Text(text.string, isMarkup: isMarkup, request: text.request))
        case (.list(let a), .list(let b)):
            try charge(2 * (a.values.count + b.values.count))
            return .list(a.values + b.values)
        case (.tuple(let a), .tuple(let b)):
            try charge(2 * (a.values.count + b.values.count))
            return .tuple(a.values + b.values)
        default: return nil
        }
    }

    /// Text or a sequence several times; nil for anything else.
    private func repeated(_ value: Value, _ count: Int) throws(TemplateError) -> Value? {
        switch value {
        case .string(let text):
            let (bytes, overflow) = text.string.utf8.count.multipliedReportingOverflow(by: max(count, 0))
            try charge(bytes: overflow ? Int.max : bytes)
            return .string(text.derived(count > 0 ? String(repeating: text.string, count: count) : ""))
        case .list(let elements): return .list(try repeated(elements.values, count))
        case .tuple(let elements): return .tuple(try repeated(elements.values, count))
        default: return nil
        }
    }

    private func repeated(_ values: [Value], _ count: Int) throws(TemplateError) -> [Value] {
        let (total, overflow) = values.count.multipliedReportingOverflow(by: max(count, 0))
        try charge(overflow || total > limits.maximumSteps ? limits.maximumSteps : 2 * total)
        return count > 0 ? Array(repeatElement(values, count: count).joined()) : []
    }
}

extension Text {
    /// The text marked as markup: as it is if it was, else escaped.
    var markup: Text {
        guard !isMarkup else { return self }
        let text = derived(escaped)
        return Text(text.string, isMarkup: true, request: text.request)
    }

    /// The text as markup: itself if it is marked, else with the five special characters replaced.
    var escaped: String {
        guard !isMarkup else { return string }
        var result = String.UnicodeScalarView()
        for scalar in string.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&#34;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
