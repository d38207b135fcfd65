import HTTP
import Testing

@Suite struct OriginRuleTests {
    private static let rule = OriginRule(allowed: ["https://chat.example:8443/", " app://Obsidian.md", "null", ""])

    @Test(
        arguments: [
            ([:], .own),
            (["host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080"], .own),
            (["host": "Name", "origin": "http://name"], .own), (["host": "name:80", "origin": "http://name"], .own),
            (["host": "name", "origin": "https://name"], .own), (["host": "name:443", "origin": "https://NAME"], .own),
            (["host": "[::1]:1", "origin": "http://[::1]:1"], .own),
            (["host": "name", "origin": "http://name:8080"], .foreign),
            (["host": "name:80", "origin": "https://name"], .foreign),
            (["host": "name", "origin": "ftp://name"], .foreign), (["host": "name", "origin": "name"], .foreign),
            (["host": "name", "origin": ""], .foreign), (["origin": "http://"], .foreign),
            (["host": "127.0.0.1:8080", "origin": "http://127.0.0.1:3000"], .foreign),
            (["host": "127.0.0.1:8080", "origin": "http://localhost:8080"], .foreign),
            (["host": "a", "origin": "https://evil.example"], .foreign),
            (["host": "a", "origin": "http://a http://b"], .foreign),
            (["host": "a", "origin": "http://a", "Origin": "https://evil.example"], .foreign),
            (["host": "a", "origin": "https://chat.example"], .foreign),
            (["host": "a", "origin": "https://evil.chat.example:8443"], .foreign),
            (["host": "a", "origin": "https://CHAT.example:8443"], .allowed("https://CHAT.example:8443")),
            (
                ["host": "a", "origin": "app://obsidian.md", "sec-fetch-site": "cross-site"],
                .allowed("app://obsidian.md")
            ),
            (["host": "a", "origin": "null"], .allowed("null")),
            (["host": "a", "sec-fetch-site": "cross-site"], .foreign),
            (["host": "a", "sec-fetch-site": "same-site"], .foreign),
            (["host": "a", "origin": "http://a", "sec-fetch-site": "Cross-Site"], .foreign),
            (["host": "a", "sec-fetch-site": "none", "Sec-Fetch-Site": "cross-site"], .foreign),
            (["host": "a", "sec-fetch-site": "same-origin"], .own), (["host": "a", "sec-fetch-site": "none"], .own),
        ] as [(Fields, OriginRule.Verdict)])
    func d3_tellsOwnPagesFromOthers(_ fields: Fields, _ verdict: OriginRule.Verdict) {
        #expect(Self.rule.verdict(fields) == verdict)
    }

    @Test func f14_allowsAllWhereAskedTo() {
        let rule = OriginRule(allowed: ["*"])
        #expect(rule.verdict(["origin": "https://x.example"]) == .allowed("https://x.example"))
        #expect(rule.verdict(["sec-fetch-site": "cross-site"]) == .own)
        #expect(OriginRule.ownOnly.verdict(["host": "a", "origin": "null"]) == .foreign)
    }

    private func head(_ method: String, _ fields: Fields) -> RequestHead {
        RequestHead(method: method, target: RequestTarget(path: "/", query: nil), fields: fields, minorVersion: 1)
    }

    @Test func f14_tellsAllowedPagesWhatTheyMayDo() {
        let asked: Fields = [
            "host": "a", "origin": "null", "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,X-Stainless-New, x\"y",
            "access-control-request-private-network": "true",
        ]
        let answer = Self.rule.answerFields(to: head("OPTIONS", asked))
        #expect(answer["access-control-allow-origin"] == "null")
        #expect(answer["vary"] == "Origin")
        let fields = Self.rule.preflightFields(to: head("OPTIONS", asked), methods: "POST, OPTIONS")
        #expect(fields["access-control-allow-methods"] == "POST, OPTIONS")
        let names = fields.list("access-control-allow-headers")
        for name in ["authorization", "content-type", "x-api-key", "x-stainless-os", "x-stainless-new"] {
            #expect(names.contains(name))
        }
        #expect(!names.contains { $0.contains("\"") })
        #expect(fields["access-control-allow-private-network"] == "true")
        #expect(Self.rule.preflightFields(to: head("GET", asked), methods: "") == [:])
        #expect(Self.rule.preflightFields(to: head("OPTIONS", ["origin": "null"]), methods: "") == [:])
        var foreign = asked
        foreign["origin"] = "https://evil.example"
        #expect(Self.rule.preflightFields(to: head("OPTIONS", foreign), methods: "") == [:])
        #expect(Self.rule.answerFields(to: head("GET", foreign)) == ["vary": "Origin"])
        #expect(OriginRule.ownOnly.answerFields(to: head("GET", asked)) == [:])
    }
}
