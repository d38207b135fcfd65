package import JSON

/// A function that the model may call, as a request describes it.
package struct ToolDefinition: Sendable, Equatable {
    /// Its name: letters, digits, `_`, `.` and `-`, 64 at most.
    package let name: String
    /// The JSON Schema of its arguments; an object.
    package let parameters: JSONObject
    /// Whether arguments have to satisfy the schema.
    package let isStrict: Bool
    /// The definition as a chat template sees it: the client's members in the client's order.
    package let templateValue: JSONValue

    /// Longest name.
    package static let nameBytes = 64
    /// Most definitions of one request.
    static let count = 512
    /// Most bytes of all definitions together, as JSON.
    static let totalBytes = 1 << 20

    /// The `tools` of a request; an empty list counts as absent.
    /// - Throws: 400 naming the tool and the field in it.
    static func read(_ reader: FieldReader) throws(APIError) -> [ToolDefinition] {
        let values = try reader.array("tools", atMost: count) ?? []
        var tools: [ToolDefinition] = []
        var names: Set<String> = []
        var bytes = 0
        for (index, value) in values.enumerated() {
            let path = "\(reader.path("tools"))[\(index)]"
            let tool = try ToolDefinition(FieldReader(object: value.objectValue ?? [:], prefix: path + "."))
            guard names.insert(tool.name).inserted else {
                throw .invalid(path + ".function.name", "'\(path).function.name' repeats the name '\(tool.name)'.")
            }
            bytes += tool.templateValue.serialized().utf8.count
            guard bytes <= totalBytes else {
                throw .invalid(
                    reader.path("tools"), "'\(reader.path("tools"))' has more than \(totalBytes) bytes of definitions.")
            }
            tools.append(tool)
        }
        return tools
    }

    private init(_ tool: FieldReader) throws(APIError) {
        guard let inner = try tool.object("function") else { throw .missing(tool.path("function")) }
        let function = FieldReader(object: inner, prefix: tool.path("function."))
        guard let name = try function.string("name") else { throw .missing(function.path("name")) }
        guard name.utf8.allSatisfy(Self.isNameByte) else {
            let path = function.path("name")
            throw .invalid(
                path, "'\(path)' must consist of letters, digits, '_', '.' and '-'; got '\(name.clipped)'.")
        }
        let description = try function.string("description")
        self.name = name
        parameters = try function.object("parameters") ?? Self.noParameters
        isStrict = try function.boolean("strict") ?? false
        templateValue = Self.shown(tool.object, inner, description: description ?? "", parameters)
    }

    /// A function without parameters.
    private static let noParameters: JSONObject = ["type": "object", "properties": [:]]

    /// Whether a byte may stand in a name.
    package static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// What templates read without looking whether it is there is there; `strict` is none of the model's business.
    private static func shown(
        _ tool: JSONObject, _ function: JSONObject, description: String, _ parameters: JSONObject
    ) -> JSONValue {
        var inner = function
        inner["strict"] = nil
        inner["description"] = .string(description)
        inner["parameters"] = .object(parameters)
        var outer = tool
        outer["function"] = .object(inner)
        return .object(outer)
    }
}
