import JSON
import Templating
import Testing

/// Which parts of a rendering came with the request: what no operation may lose.
@Suite struct RequestRangesTests {
    private static func rendering(
        _ source: String, content: String = "HI", extra: JSONObject = [:]
    ) throws -> MarkedText {
        let input = ChatTemplateInput(
            messages: [["role": "user", "content": .string(content)]], tools: nil, addGenerationPrompt: true,
            bosToken: "<s>", eosToken: "</s>", extra: extra, now: TemplateFixtures.now)
        return try ChatTemplate(source: source, limits: .serving).renderMarked(input)
    }

    /// The parts that came with the request.
    private static func parts(_ text: MarkedText) -> [String] {
        let bytes = Array(text.string.utf8)
        return text.request.ranges.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    /// Operations that templates do on texts which hold control tokens: only what the user said is the user's.
    @Test(arguments: [
        "<|a|>{{ messages[0].content }}<|b|>",
        "{{ '<|a|>' + messages[0].content + '<|b|>' }}",
        "{{ '<|a|>' ~ messages[0].content ~ '<|b|>' }}",
        "{{ ('  <|a|>' + messages[0].content + '<|b|>  ') | trim }}",
        "{{ ('  <|a|>' + messages[0].content + '<|b|>\n').strip() }}",
        "{% set x %}<|a|>{{ messages[0].content }}{% endset %}{{ x }}<|b|>",
        "{% macro m(c) %}<|a|>{{ c }}<|b|>{% endmacro %}{{ m(messages[0].content) }}",
        "{% macro m() %}<|a|>{{ caller() }}<|b|>{% endmacro %}{% call m() %}{{ messages[0].content }}{% endcall %}",
        "{{ ['<|a|>', messages[0].content, '<|b|>'] | join }}",
        "{{ ''.join(['<|a|>', messages[0].content, '<|b|>']) }}",
        "{{ '<|a|>%s<|b|>' % messages[0].content }}",
        "{{ '<|a|>%s<|b|>' | format(messages[0].content) }}",
        "{{ '<|a|>{}<|b|>'.format(messages[0].content) }}",
        "{{ '<|a|>X<|b|>' | replace('X', messages[0].content) }}",
        "{{ '<|a|>X<|b|>'.replace('X', messages[0].content) }}",
        "{{ ('xx<|a|>' + messages[0].content + '<|b|>')[2:] }}",
        "{{ ('<|a|>' + messages[0].content + '<|b|>#more').split('#')[0] }}",
        "{{ ('<|a|>' + messages[0].content + '<|b|>#more').partition('#')[0] }}",
        "{% set ns = namespace(t='') %}{% for m in messages %}{% set ns.t = ns.t + '<|a|>' + m.content %}{% endfor %}{{ ns.t }}<|b|>",
        "{% for m in messages recursive %}<|a|>{{ m['content'] }}{{ loop([]) }}<|b|>{% endfor %}",
        "{% filter trim %} <|a|>{{ messages[0].content }}<|b|> {% endfilter %}",
        "{{ ('<|a|>' | lower) ~ (messages[0].content | default('x')) ~ ('<|B|>'.lower()) }}",
        "{{ '<|a|>' }}{{ messages | map(attribute='content') | first }}{{ ['<|b|>'] | last }}",
    ])
    func f8_onlyWhatAUserSaidIsTheUsers(source: String) throws {
        let text = try Self.rendering(source)
        #expect(text.string == "<|a|>HI<|b|>")
        #expect(Self.parts(text) == ["HI"])
    }

    /// Operations that keep no account of parts give everything to the request.
    @Test(arguments: [
        "{{ messages[0].content | upper }}", "{{ messages[0].content | tojson }}", "{{ messages | string }}",
        "{{ ('<|a|>' + messages[0].content) | reverse }}", "{{ ('<|a|>' + messages[0].content) | title }}",
        "{{ messages[0].content * 2 }}", "{{ messages[0].content | indent(2, true) }}", "{{ messages[0] }}",
        "{% for k in messages[0] %}{{ k }}{% endfor %}", "{{ messages[0].content | list | join }}",
        "{{ messages[0].content | truncate(1, true, '', 0) }}", "{{ messages[0].content | center(9) }}",
    ])
    func f8_whatIsNotFollowedIsTheRequests(source: String) throws {
        let text = try Self.rendering(source)
        #expect(text.request.complement(of: text.string.utf8.count).isEmpty, "\(text)")
    }

    @Test func f8_whatTheTemplateWritesIsTheTemplates() throws {
        for source in ["{{ bos_token }}<|a|>{{ '<|b|>' | upper }}{{ eos_token * 2 }}", "{{ 1 + 2 }}{{ true }}"] {
            #expect(try Self.rendering(source).request.isEmpty, "\(source)")
        }
    }

    /// Letters of the request become letters that no template writes: wherever one of them turns up in a rendering, it
    /// has to lie in a part that came with the request, whatever the template did with it.
    @Test func f8_noOperationLosesWhereATextCameFrom() throws {
        let extra = Self.disguised(.object(TemplateFixtures.variables)).objectValue ?? [:]
        var rendered = 0
        for golden in TemplateFixtures.cases {
            let template = try? ChatTemplate(source: golden.source, limits: .serving)
            let input = ChatTemplateInput(
                messages: [Self.disguised(["role": "user", "content": "hi there"])], tools: nil,
                addGenerationPrompt: true, bosToken: "<|bos|>", eosToken: "<|eos|>", extra: extra,
                now: TemplateFixtures.now)
            guard let text = try? template?.renderMarked(input) else { continue }
            rendered += 1
            var offset = 0
            for scalar in text.string.unicodeScalars {
                let width = UTF8.width(scalar)
                if Self.isDisguised(scalar) {
                    #expect(
                        text.request.ranges.contains { $0.contains(offset) }, "\(golden.source): \(text.string)")
                }
                offset += width
            }
        }
        #expect(rendered > 300)
    }

    private static func isDisguised(_ scalar: Unicode.Scalar) -> Bool { (0xE100..<0xE200).contains(scalar.value) }

    /// A value in whose texts, keys aside, every letter has become one for private use.
    private static func disguised(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text):
            var result = String.UnicodeScalarView()
            for scalar in text.unicodeScalars {
                let isLetter = scalar.isASCII && scalar.properties.isAlphabetic
                result.append(isLetter ? Unicode.Scalar(0xE100 + scalar.value) ?? scalar : scalar)
            }
            return .string(String(result))
        case .array(let elements): return .array(elements.map { disguised($0) })
        case .object(let members):
            var object = JSONObject()
            for (key, member) in members { object[key] = disguised(member) }
            return .object(object)
        default: return value
        }
    }

    @Test func rangesAreJoinedCutAndTurnedAround() {
        var ranges = RequestRanges(all: 3)
        ranges.append(RequestRanges(all: 2), at: 3)
        ranges.append(7..<9)
        #expect(ranges.ranges == [0..<5, 7..<9])
        #expect(ranges.within(4..<8).ranges == [0..<1, 3..<4])
        #expect(ranges.within(5..<7).isEmpty)
        #expect(ranges.complement(of: 12) == [5..<7, 9..<12])
        #expect(RequestRanges().complement(of: 2) == [0..<2])
        #expect(RequestRanges(all: 0).complement(of: 0).isEmpty)
    }
}
