/// A constant as written in the template.
enum Constant: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
}

/// Whatever has a value. Chains are flat arrays, so that their length costs no stack.
indirect enum Expression: Sendable {
    case constant(Constant)
    case name(String)
    case list([Expression])
    case tuple([Expression])
    case dict([(key: Expression, value: Expression)])
    case attribute(Expression, String)
    case item(Expression, Expression)
    case slice(Expression, SliceSyntax)
    case call(Expression, CallSyntax)
    case filter(Expression, FilterSyntax)
    case test(Expression, TestSyntax)
    case negative(Expression)
    case positive(Expression)
    case arithmetic(Expression, [(operation: ArithmeticOperator, operand: Expression)])
    case concatenation([Expression])
    case comparison(Expression, [(operation: ComparisonOperator, operand: Expression)])
    case and([Expression])
    case or([Expression])
    case not(Expression)
    case conditional(test: Expression, then: Expression, otherwise: Expression?)
}

/// Bounds of a slice; each may be left out.
struct SliceSyntax: Sendable {
    let start: Expression?
    let stop: Expression?
    let step: Expression?
}

/// Arguments of a call, a filter or a test.
struct CallSyntax: Sendable {
    var positional: [Expression] = []
    var named: [(name: String, value: Expression)] = []
    var spread: Expression?
    var namedSpread: Expression?

    var isEmpty: Bool { positional.isEmpty && named.isEmpty && spread == nil && namedSpread == nil }
}

/// A filter by name; unknown ones are an error when reached.
struct FilterSyntax: Sendable {
    let name: String
    let filter: Filter?
    let arguments: CallSyntax
}

/// A test by name; unknown ones are an error when reached.
struct TestSyntax: Sendable {
    let name: String
    let test: ValueTest?
    let arguments: CallSyntax
}

/// Operators on numbers, and on text and sequences where Python has them.
enum ArithmeticOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case remainder = "%"
    case power = "**"
}

/// Operators that answer true or false.
enum ComparisonOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contained = "in"
    case notContained = "not in"
}

/// Where an assignment puts its value.
indirect enum Target: Sendable {
    case name(String)
    case attribute(of: String, String)
    case tuple([Target])
}

/// One step of a template, with the line on which it begins.
struct Statement: Sendable {
    let line: Int
    let kind: Kind

    indirect enum Kind: Sendable {
        case text(String)
        case output(Expression)
        case conditional(branches: [(test: Expression, body: [Statement])], otherwise: [Statement])
        case loop(LoopSyntax)
        case assign(Target, Expression)
        case capture(Target, filters: [FilterSyntax], body: [Statement])
        case macro(MacroSyntax)
        case callBlock(caller: MacroSyntax, call: Expression)
        case filterBlock([FilterSyntax], body: [Statement])
        case with([(target: Target, value: Expression)], body: [Statement])
        case scoped([Statement])
        case breakLoop
        case continueLoop
    }
}

/// A `for` block.
struct LoopSyntax: Sendable {
    let target: Target
    let iterable: Expression
    let filter: Expression?
    let isRecursive: Bool
    let body: [Statement]
    let otherwise: [Statement]
}

/// A macro, or the body of a `call` block.
struct MacroSyntax: Sendable {
    let name: String
    let parameters: [(name: String, preset: Expression?)]
    let body: [Statement]
    let usesCaller: Bool
    let usesVarargs: Bool
    let usesKwargs: Bool
}
