/// A piece of template text as the parser sees it.
struct Token: Sendable {
    enum Kind: Sendable, Equatable {
        case text(String)
        case blockBegin
        case blockEnd
        case outputBegin
        case outputEnd
        case name(String)
        case string(String)
        case int(Int)
        case double(Double)
        case symbol(String)
        case end
    }

    let kind: Kind
    let line: Int

    /// What to call this token in an error message.
    var description: String {
        switch kind {
        case .text: "text"
        case .blockBegin: "{%"
        case .blockEnd: "%}"
        case .outputBegin: "{{"
        case .outputEnd: "}}"
        case .name(let name): name
        case .string: "a string"
        case .int, .double: "a number"
        case .symbol(let symbol): symbol
        case .end: "end of template"
        }
    }
}
