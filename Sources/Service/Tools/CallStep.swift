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
}

/// What a byte means to whoever reads a call.
enum CallStep: Sendable, Equatable {
    /// It may belong to a call; nothing is certain since the last byte that was taken.
    case held
    /// It belongs to a call for certain, and so does all that was held.
    case taken([CallEvent])
    /// The same, and the reader has read all that is its own.
    case finished([CallEvent])
    /// It does not belong to a call, and neither does what was held.
    case refused
    /// The same, in the middle of arguments, which end there.
    case broken([CallEvent])
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

    /// The schema of a function's parameter, if it is described.
    func schema(of parameter: String, in function: String) -> JSONValue? {
        parameters[function]?["properties"]?[parameter]
    }
}
