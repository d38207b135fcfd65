import JSON
import Templating
import Testing

@Suite struct ChatTemplateTests {
    static let chatML = """
        {%- for message in messages %}
            {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
        {%- endfor %}
        {%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
        """

    private func input(_ content: String, extra: JSONObject = [:]) -> ChatTemplateInput {
        ChatTemplateInput(
            messages: [["role": "user", "content": .string(content)]], tools: nil, addGenerationPrompt: true,
            bosToken: "<s>", eosToken: "</s>", extra: extra, now: TemplateFixtures.now)
    }

    @Test func rendersAConversation() throws {
        let template = try ChatTemplate(source: Self.chatML, limits: .serving)
        #expect(try template.render(input("Hi")) == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")
    }

    @Test(arguments: [
        "{{ 7 * 7 }}", "{% raw %}", "{% for x in y %}", "{#", "}}%}", "{{ messages }}", "\u{0}\u{FEFF}{%",
    ])
    func contentIsNeverCode(content: String) throws {
        let template = try ChatTemplate(
            source: "{{ messages[0].content }}|{{ messages[0]['content'] ~ '' }}", limits: .serving)
        #expect(try template.render(input(content)) == content + "|" + content)
    }

    @Test func conversationWinsOverExtraVariables() throws {
        let template = try ChatTemplate(
            source: "{{ messages|length }}{{ tools }}{{ add_generation_prompt }}{{ bos_token }}{{ mine }}",
            limits: .serving)
        let extra: JSONObject = [
            "messages": [], "tools": [1], "add_generation_prompt": false, "bos_token": "evil", "mine": "kept",
        ]
        #expect(try template.render(input("x", extra: extra)) == "1NoneTrue<s>kept")
    }

    @Test func errorsNameTheLine() {
        #expect(TemplateFixtures.failure("a\nb\n{{ missing.x }}")?.line == 3)
        #expect(TemplateFixtures.failure("a\n{% if true %}\n\n{{ 1 / 0 }}{% endif %}")?.line == 4)
        #expect(TemplateFixtures.failure("{% macro m() %}\n\n{{ 1 + 'a' }}{% endmacro %}\n\n{{ m() }}")?.line == 3)
        #expect(TemplateFixtures.failure("\n\n\n{% nope %}")?.line == 4)
        #expect(TemplateFixtures.failure("\n{{ 'open }}")?.line == 2)
    }

    @Test func refusalsByTheTemplateAreMarked() throws {
        let error = try #require(TemplateFixtures.failure("\n{{ raise_exception('Roles must alternate') }}"))
        #expect(error == TemplateError(line: 2, reason: "Roles must alternate", isRaised: true))
        #expect(TemplateFixtures.failure("{{ 1 / 0 }}")?.isRaised == false)
    }

    @Test func manyThreadsShareOneTemplate() async throws {
        let template = try ChatTemplate(source: Self.chatML, limits: .serving)
        let texts = await withTaskGroup(of: String?.self) { group in
            for number in 0..<64 { group.addTask { try? template.render(self.input("\(number)")) } }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(texts == Set((0..<64).map { "<|im_start|>user\n\($0)<|im_end|>\n<|im_start|>assistant\n" }))
    }

    @Test(arguments: [
        (0, "1970-01-01 00:00:00 Thursday 001"), (951_782_400, "2000-02-29 00:00:00 Tuesday 060"),
        (1_772_978_707, "2026-03-08 14:05:07 Sunday 067"), (-1, "1969-12-31 23:59:59 Wednesday 365"),
        (4_102_444_799, "2099-12-31 23:59:59 Thursday 365"),
    ])
    func datesFollowTheCalendar(seconds: Int64, text: String) throws {
        let template = try ChatTemplate(source: "{{ strftime_now('%Y-%m-%d %H:%M:%S %A %j') }}", limits: .serving)
        let input = ChatTemplateInput(
            messages: [], tools: nil, addGenerationPrompt: false, bosToken: "", eosToken: "", extra: [:],
            now: TemplateDate(unixSeconds: seconds))
        #expect(try template.render(input) == text)
    }
}
