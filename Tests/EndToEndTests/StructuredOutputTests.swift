import Foundation
import JSON
import Testing

/// A real model under schemas: every answer meets its schema, and is the same whatever runs beside it.
@Suite struct StructuredOutputTests {
    private static let chat = "/v1/chat/completions"
    private static let city = """
        {"type":"object","additionalProperties":false,"required":["name","people","tags","river"],"properties":{\
        "name":{"type":"string","minLength":1,"maxLength":12},"people":{"type":"integer","minimum":0,"maximum":90000000},\
        "tags":{"type":"array","items":{"enum":["old","new","large","small"]},"minItems":1,"maxItems":3},\
        "river":{"type":["string","null"],"maxLength":12}}}
        """

    private static func body(_ index: Int, _ more: String) -> String {
        let format = """
            "response_format":{"type":"json_schema","json_schema":{"name":"city","strict":true,"schema":\(city)}}
            """
        return """
            {"model":"default","max_tokens":300,"seed":\(index),\(format),\
            "messages":[{"role":"user","content":"Describe city number \(index) as JSON."}]\(more)}
            """
    }

    private static func isCity(_ text: String?) -> Bool {
        guard let text, let json = try? JSONParser.parse(text, limits: .request) else { return false }
        let tags = json["tags"]?.arrayValue ?? []
        let river = json["river"]
        return json.objectValue?.keys == ["name", "people", "tags", "river"]
            && (1...12).contains(json["name"]?.stringValue?.unicodeScalars.count ?? 0)
            && (0...90_000_000).contains(json["people"]?.intValue ?? -1) && (1...3).contains(tags.count)
            && tags.allSatisfy { ["old", "new", "large", "small"].contains($0.stringValue ?? "") }
            && (river?.isNull == true || (river?.stringValue?.unicodeScalars.count ?? 13) <= 12)
    }

    private static func answers(_ server: ServerProcess, _ bodies: [String], together: Int) throws -> [String] {
        var found: [String] = []
        for start in stride(from: 0, to: bodies.count, by: together) {
            let clients = try bodies[start..<min(start + together, bodies.count)].map { body in
                let client = try server.connect()
                try client.send("POST", chat, body)
                return client
            }
            for client in clients {
                let choice = try client.readReply().json()["choices"]?[0]
                #expect(choice?["finish_reason"] == "stop")
                found.append(choice?["message"]?["content"]?.stringValue ?? "nothing")
            }
        }
        return found
    }

    @Test func wire_43_everyAnswerMeetsItsSchemaAtEveryTemperature() throws {
        let server = try ServerProcess(
            ["--speculative", "auto"], model: ServerProcess.realModel ?? ServerProcess.tinyModel)
        let bodies = (0..<24).map {
            Self.body($0, [#","temperature":0"#, #","temperature":2"#, #","temperature":1,"top_p":0.9"#][$0 % 3])
        }
        let together = try Self.answers(server, bodies, together: 12)
        for text in together { #expect(Self.isCity(text), "\(text)") }
        #expect(try Self.answers(server, bodies, together: 1) == together, "alone is what it is beside others")
        let plain = try ServerProcess(
            ["--speculative", "none", "--engine.threads", "1"],
            model: ServerProcess.realModel ?? ServerProcess.tinyModel)
        #expect(try Self.answers(plain, bodies, together: 5) == together, "and on a server that starts anew")
    }
}
