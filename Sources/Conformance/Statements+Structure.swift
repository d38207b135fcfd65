import HTTPClient
import JSON

/// A schema, and what has its form.
enum Schemas {
    /// An object of a word, a number and a list.
    static let river: JSONValue = [
        "type": "object",
        "properties": [
            "name": ["type": "string", "minLength": 1, "maxLength": 12], "kind": ["enum": ["stream", "river"]],
            "length": ["type": "integer", "minimum": 1, "maximum": 7000],
            "countries": ["type": "array", "items": ["type": "string", "maxLength": 8], "maxItems": 2],
        ],
        "required": ["name", "kind", "length", "countries"], "additionalProperties": false,
    ]

    /// The strict format of it.
    static let format: JSONValue = [
        "type": "json_schema", "json_schema": ["name": "river", "strict": true, "schema": river],
    ]

    /// Refuses a text that does not have the schema's form, or its order.
    static func check(_ text: String?) throws(ConformanceError) {
        let text = text ?? ""
        guard let value = try? JSONParser.parse(text, limits: .request), let object = value.objectValue else {
            throw .violation("no JSON object: “\(text.prefix(60))”")
        }
        try require(object.keys == ["name", "kind", "length", "countries"], "the keys are \(object.keys)")
        let name = object["name"]?.stringValue
        let countries = object["countries"]?.arrayValue
        let isValid =
            (1...12).contains(name?.unicodeScalars.count ?? 0) && ["stream", "river"].contains(object["kind"])
            && (1...7000).contains(object["length"]?.intValue ?? 0) && (countries?.count ?? 9) <= 2
            && countries?.allSatisfy { ($0.stringValue?.unicodeScalars.count ?? 9) <= 8 } == true
        try require(isValid, "against the schema: \(text.prefix(80))")
    }
}

/// 42–44: structured output.
extension Statement {
    static let structured = [
        Statement(42, "response_format: three types, others refused", check: formats),
        Statement(43, "Strict schemas and json_object always hold", check: schemas),
        Statement(44, "vLLM's and llama.cpp's constraints", check: dialects),
    ]

    private static func formats(_ probe: Probe) throws(ConformanceError) -> String {
        let base = probe.unthinking().with(["max_tokens": 4])
        for format: JSONValue in [["type": "text"], ["type": "json_object"], Schemas.format] {
            _ = try probe.answer(base.with(["response_format": format]))
        }
        for format: JSONValue in [
            ["type": "banana"], [:], ["type": "json_schema"], "json_object",
            ["type": "json_schema", "json_schema": ["name": "x", "schema": ["type": "banana"]]],
        ] {
            let answer = probe.chat(base.with(["response_format": format]))
            try require(answer.status == 400, "\(format.serialized().prefix(60)): \(answer.brief)")
            let parameter = answer.json?["error"]?["param"]?.stringValue ?? "none"
            try require(parameter.hasPrefix("response_format"), "param is \(parameter)")
        }
        try checkKeyword(probe, base)
        return "three types, six refused"
    }

    /// A keyword that hardly anybody supports: it is refused by name, or it is obeyed.
    private static func checkKeyword(_ probe: Probe, _ base: JSONObject) throws(ConformanceError) {
        let schema: JSONValue = [
            "type": "array", "items": ["type": "integer", "minimum": 0, "maximum": 99], "minItems": 2, "maxItems": 3,
            "contains": ["const": 77],
        ]
        let format: JSONValue = [
            "type": "json_schema", "json_schema": ["name": "x", "strict": true, "schema": schema],
        ]
        let answer = probe.chat(base.with(["response_format": format, "max_tokens": 40]))
        if answer.status == 400 {
            let error = answer.json?["error"]
            let parameter = error?["param"]?.stringValue ?? "none"
            try require(parameter.hasPrefix("response_format"), "“contains” is refused with param \(parameter)")
            let names = (error?["message"]?.stringValue ?? "").contains("contains")
            try require(names, "the refusal of “contains” does not name it")
            return
        }
        let text = try Probe.success(answer).content ?? ""
        let elements = (try? JSONParser.parse(text, limits: .request))?.arrayValue ?? []
        try require(elements.contains(77), "“contains” is taken and not obeyed: “\(text.prefix(40))”")
    }

    private static func schemas(_ probe: Probe) throws(ConformanceError) -> String {
        let base = probe.unthinking().with(["max_tokens": 400])
        var sample = ""
        for (temperature, seed): (JSONValue, JSONValue) in [(0, 7), (1, 8), (2, 9)] {
            let members = base.with(["response_format": Schemas.format, "temperature": temperature, "seed": seed])
            let answer = try probe.answer(members)
            try require(answer.firstChoice?["finish_reason"] == "stop", "not ended after 400 tokens")
            sample = answer.content ?? ""
            try Schemas.check(sample)
            try Schemas.check(probe.stream(members).joined("content"))
        }
        let object = try probe.answer(base.with(["response_format": ["type": "json_object"]]))
        if object.firstChoice?["finish_reason"] == "stop" {
            let value = try? JSONParser.parse(object.content ?? "", limits: .request)
            try require(value?.objectValue != nil, "json_object gave “\((object.content ?? "").prefix(40))”")
        } else {
            try require(object.content?.first { !$0.isWhitespace } == "{", "json_object does not begin with {")
        }
        return String(sample.prefix(70))
    }

    private static func dialects(_ probe: Probe) throws(ConformanceError) -> String {
        let base = probe.unthinking().with(["max_tokens": 400, "temperature": 1])
        let words: JSONValue = ["upstream", "downstream"]
        let grammar: JSONValue = "root ::= \"upstream\" | \"downstream\""
        for (name, value): (String, JSONValue) in [
            ("guided_choice", words), ("guided_regex", "(up|down)stream"), ("guided_grammar", grammar),
            ("grammar", grammar), ("structured_outputs", ["choice": words]),
            ("structured_outputs", ["regex": "(up|down)stream"]), ("structured_outputs", ["grammar": grammar]),
        ] {
            let text = try probe.answer(base.with([name: value])).content ?? ""
            let isObeyed = text == "upstream" || text == "downstream"
            try require(isObeyed, "\(name) \(value.serialized().prefix(40)): “\(text.prefix(40))”")
        }
        for (name, value): (String, JSONValue) in [
            ("guided_json", Schemas.river), ("structured_outputs", ["json": Schemas.river]),
        ] {
            let answer = try probe.answer(base.with([name: value]))
            if answer.firstChoice?["finish_reason"] == "stop" { try Schemas.check(answer.content) }
        }
        return "nine constraints obeyed"
    }
}
