/// Large requests for every route that takes a body.
struct LargeThings: Sendable {
    let name: String
    let path: String
    /// How many are sent at once.
    let count: Int
    /// The body of each of them.
    let body: @Sendable (_ number: Int) -> String

    private init(_ name: String, _ path: String, _ count: Int, _ body: @escaping @Sendable (Int) -> String) {
        (self.name, self.path, self.count, self.body) = (name, path, count, body)
    }

    /// All of them.
    static let requests = texts + lists + conversations + forms + answers

    private static let letters = String(repeating: "a", count: 15_000_000)
    private static let prose = String(repeating: "the quick 12 fox. ", count: 800_000)
    private static let zeros = Array(repeating: "0", count: 900_000).joined(separator: ",")
    private static let message = #""messages":[{"role":"user","content":"x"}],"max_tokens":1"#

    private static func listed(_ count: Int, _ element: (Int) -> String) -> String {
        (0..<count).map(element).joined(separator: ",")
    }

    private static var texts: [LargeThings] {
        [
            LargeThings("letters", "/tokenize", 4) { _ in #"{"content":"\#(letters)"}"# },
            LargeThings("prose", "/tokenize", 2) { _ in
                #"{"content":"\#(prose)","with_pieces":true,"return_token_strs":true}"#
            },
            LargeThings("pieces", "/tokenize", 8) { _ in
                #"{"content":"\#(String(repeating: "a$ \\\\", count: 9000))","with_pieces":true}"#
            },
            LargeThings("prose", "/apply-template", 4) { _ in
                #"{"messages":[{"role":"user","content":"\#(prose)"}]}"#
            },
            LargeThings("letters", "/v1/chat/completions", 4) { _ in
                #"{"messages":[{"role":"user","content":"\#(letters)"}]}"#
            },
        ]
    }

    private static var lists: [LargeThings] {
        let members = listed(400_000) { #""k\#($0)":0"# }
        let bias = listed(200_000) { #""\#($0)":1"# }
        let empty = listed(600_000) { _ in "[],{}" }
        return [
            LargeThings("numbers", "/detokenize", 4) { _ in #"{"tokens":[\#(zeros)]}"# },
            LargeThings("numbers", "/v1/completions", 4) { _ in #"{"prompt":[\#(zeros)],"max_tokens":1}"# },
            LargeThings("members", "/v1/chat/completions", 4) { _ in #"{\#(message),"metadata":{\#(members)}}"# },
            LargeThings("biases", "/v1/chat/completions", 4) { _ in #"{\#(message),"logit_bias":{\#(bias)}}"# },
            LargeThings("dense", "/tokenize", 4) { _ in #"{"content":"x","more":[\#(empty)]}"# },
            LargeThings("deep", "/v1/chat/completions", 4) { _ in String(repeating: "[", count: 8_000_000) },
        ]
    }

    private static var conversations: [LargeThings] {
        let turns = listed(2_000) { #"{"role":"\#($0 % 2 == 0 ? "user" : "assistant")","content":"words"}"# }
        let many = listed(10_000) { _ in #"{"role":"user","content":"x"}"# }
        let tools = listed(128) { tool in
            let properties = listed(40) { #""p\#($0)":{"type":"string","pattern":"^[a-z]{1,40}$"}"# }
            return ##"{"type":"function","function":{"name":"t\##(tool)","parameters":{"type":"object","##
                + ##""properties":{\##(properties)}}}}"##
        }
        return [
            LargeThings("turns", "/apply-template", 8) { _ in #"{"messages":[\#(turns)]}"# },
            LargeThings("messages", "/v1/chat/completions", 8) { _ in #"{"messages":[\#(many)],"max_tokens":1}"# },
            LargeThings("tools", "/v1/chat/completions", 8) {
                #"{\#(message),"tools":[\#(tools)],"tool_choice":"required","seed":\#($0)}"#
            },
        ]
    }

    /// Forms of answers, all different, so that each is compiled and kept.
    private static var forms: [LargeThings] {
        func schema(_ name: String, _ count: Int, _ schema: @escaping @Sendable (Int) -> String) -> LargeThings {
            LargeThings(name, "/v1/chat/completions", count) {
                #"{\#(message),"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":\#(schema($0))}}}"#
            }
        }
        let values = listed(10_000) { #""value number \#($0) of many""# }
        let few = listed(1_000) { #""value number \#($0) of many""# }
        let properties = listed(1_000) { #""p\#($0)":{"type":"string","pattern":"^[a-z]{1,40}(foo|bar\#($0))+$"}"# }
        let words = (0..<30_000).map { "w\($0)" }.joined(separator: "|")
        return [
            schema("values", 16) { #"{"title":"\#($0)","enum":["x\#($0)",\#(values)]}"# },
            schema("many forms", 6) { #"{"enum":["x\#($0)",\#(few)]}"# },
            schema("patterns", 1) { #"{"title":"\#($0)","type":"object","properties":{\#(properties)}}"# },
            LargeThings("words", "/v1/completions", 2) {
                #"{"prompt":"x","max_tokens":40,"ignore_eos":true,"guided_regex":"(x\#($0)|\#(words))"}"#
            },
            LargeThings("ways", "/v1/completions", 2) {
                #"{"prompt":"x","max_tokens":200,"guided_regex":"(\\\\w{1,40} ){1,\#(200 + $0)}[a-z]{\#($0 + 1)}"}"#
            },
        ]
    }

    private static var answers: [LargeThings] {
        let prompt = listed(400) { _ in "5" }
        return [
            #"{"prompt":[\#(prompt)],"echo":true,"max_tokens":0,"logprobs":20,"n":64}"#,
            #"{"prompt":[\#(prompt)],"prompt_logprobs":20,"max_tokens":1,"n":64}"#,
            #"{"prompt":[\#(prompt)],"max_tokens":100,"logprobs":20,"n":128,"ignore_eos":true}"#,
            #"{"prompt":"x","max_tokens":100,"best_of":128,"n":1,"logprobs":5,"ignore_eos":true}"#,
        ].enumerated().map { number, body in LargeThings("answer \(number)", "/v1/completions", 4) { _ in body } }
    }
}
