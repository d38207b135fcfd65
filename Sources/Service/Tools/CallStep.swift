import JSON
package import OpenAI

/// What the text of an answer says about calls, in order.
package enum CallEvent: Sendable, Equatable {
    /// A call of this function begins.
    case began(name: String)
    /// More of its arguments' JSON text.
    case arguments([UInt8])
    /// Its arguments are complete.
    case ended
    /// It is none after all: its arguments are no JSON. All that was read of it is text.
    case withdrawn(text: [UInt8])
}

/// What a byte means to the reader of a call.
enum CallStep: Sendable, Equatable {
    /// It may belong to a call; nothing is certain since the last byte that was taken.
    case held
    /// The same, and its last `surplus` bytes are to be read again.
    case reread(surplus: Int)
    /// It belongs to a call for certain, and so does all that was held, but for the last `surplus` bytes, which are to be
    /// read again.
    case taken([CallEvent], surplus: Int = 0)
    /// The same, and the reader has read all that is its own.
    case finished([CallEvent], surplus: Int = 0)
    /// It does not belong to a call, and neither does what was held.
    case refused
    /// The same, in the middle of arguments: the call ends there or is withdrawn.
    case broken([CallEvent])

    /// The same step of a reader that has begun, with earlier events.
    func behind(_ earlier: [CallEvent]) -> CallStep {
        switch self {
        case .held: earlier.isEmpty ? .held : .taken(earlier)
        case .reread(let surplus): earlier.isEmpty ? self : .taken(earlier, surplus: surplus)
        case .taken(let events, let surplus): .taken(earlier + events, surplus: surplus)
        case .finished(let events, let surplus): .finished(earlier + events, surplus: surplus)
        case .refused: .refused
        case .broken(let events): .broken(earlier + events)
        }
    }
}

/// The functions that an answer may call.
package struct CallableFunctions: Sendable {
    /// The schemas of their arguments.
    private let parameters: [String: JSONObject]
    /// The longest name in bytes.
    let longestName: Int

    /// These functions.
    package init(_ tools: [ToolDefinition]) {
        parameters = Dictionary(tools.map { ($0.name, $0.parameters) }, uniquingKeysWith: { first, _ in first })
        longestName = tools.reduce(0) { max($0, $1.name.utf8.count) }
    }

    /// The function of this name, if there is one.
    func name(_ bytes: [UInt8]) -> String? {
        let name = String(decoding: bytes, as: UTF8.self)
        return parameters[name] == nil ? nil : name
    }

    /// The parameters that a function's schema lists.
    func keys(of function: String) -> Set<String> {
        parameters[function].map { SchemaMembers(.object($0)).keys } ?? []
    }

    /// What a function's schema says of a parameter; anything where it does not list it.
    func shape(of parameter: String, in function: String) -> ArgumentShape {
        parameters[function].map { SchemaMembers(.object($0)).shape(of: parameter) } ?? ArgumentShape(nil, in: .null)
    }
}
