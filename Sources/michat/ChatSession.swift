import ArgumentParser
import Dispatch
import FoundationEssentials
import Glibc
import JSON
import Platform
import Synchronization

/// One conversation: questions from standard input, answers to standard output.
final class ChatSession {
    private let client: HTTPClient
    private let model: String
    private var conversation: Conversation
    private let isInteractive = Terminal.isInputInteractive
    private let interruption = Interruption()

    private static let help = """
        /help               this list
        /system TEXT        put an instruction first; without text, take it away
        /params NAME=VALUE  set a parameter; without anything, show them
        /regenerate         give the last answer again
        /history            show the conversation
        /save FILE          write the conversation as JSON
        /reset              begin anew
        /quit               end
        """

    init(client: HTTPClient, model: String, conversation: Conversation) {
        self.client = client
        self.model = model
        self.conversation = conversation
    }

    /// Talks until the input ends.
    func run() throws {
        let signals = interruption.listen()
        defer { signals.cancel() }
        if isInteractive { Terminal.note("/help lists the commands, Ctrl-D ends.") }
        while let line = nextLine() {
            let text = line.drop { $0 == " " }
            guard !text.isEmpty else { continue }
            do {
                if text.hasPrefix("/") {
                    guard try obey(String(text)) else { return }
                } else {
                    conversation.ask(line)
                    try answer()
                }
            } catch {
                guard isInteractive else { throw error }
                Terminal.note("\(error)")
            }
        }
        if isInteractive { Terminal.print("") }
    }

    /// The next question; lines that end with a backslash belong together.
    private func nextLine() -> String? {
        var text = ""
        while true {
            if isInteractive { Terminal.write(text.isEmpty ? "> " : ". ") }
            interruption.reset()
            guard let line = readLine() else { return text.isEmpty ? nil : text }
            guard line.hasSuffix("\\") else { return text + line }
            text += line.dropLast() + "\n"
        }
    }

    /// Streams the answer to the last question.
    private func answer() throws {
        interruption.reset()
        var stream = AnswerStream()
        var printer = AnswerPrinter(showsThinking: Terminal.isOutputInteractive)
        let start = Clock.monotonicSeconds()
        do {
            let answer = try client.send("POST", "/v1/chat/completions", body: conversation.request(model: model)) {
                Terminal.write(printer.text(for: try stream.consume($0)))
                return !self.interruption.isSet && !stream.isDone
            }
            guard answer.status == 200 else { throw Self.refusal(answer) }
        } catch {
            Terminal.write(printer.end())
            if stream.text.isEmpty { conversation.takeBackQuestion() } else { conversation.answer(stream.text) }
            throw error
        }
        Terminal.print(printer.end())
        conversation.answer(stream.text)
        guard isInteractive else { return }
        let seconds = Clock.monotonicSeconds() - start
        if interruption.isSet {
            Terminal.note("[stopped]")
        } else if let tokens = stream.completionTokens, seconds > 0 {
            Terminal.note("[\(tokens) tokens, \(Int(Double(tokens) / seconds)) a second]")
        }
    }

    private static func refusal(_ answer: HTTPClient.Answer) -> CommandFailure {
        let body = try? JSONParser.parse(answer.body, limits: .request)
        let message = body?["error"]?["message"]?.stringValue ?? "no reason given"
        return CommandFailure("the server answered \(answer.status): \(Terminal.harmless(message))")
    }

    /// Carries out a command; false ends the conversation.
    private func obey(_ line: String) throws -> Bool {
        let word = line.prefix { $0 != " " }
        let rest = String(line.dropFirst(word.count).drop { $0 == " " })
        switch word {
        case "/quit", "/exit": return false
        case "/help": Terminal.note(Self.help)
        case "/reset": conversation.reset()
        case "/system": conversation.setSystem(rest)
        case "/history":
            for message in conversation.messages {
                let role = message["role"]?.stringValue ?? ""
                Terminal.print("\(role): \(Terminal.harmless(message["content"]?.stringValue ?? ""))")
            }
        case "/params":
            if !rest.isEmpty { try conversation.setParameter(rest) }
            for (key, value) in conversation.parameters { Terminal.note("\(key)=\(value.serialized())") }
        case "/regenerate":
            guard conversation.takeBackAnswer() else { throw CommandFailure("there is no answer yet") }
            try answer()
        case "/save": try save(rest)
        default: throw CommandFailure("\(word) is no command; /help lists them")
        }
        return true
    }

    private func save(_ path: String) throws {
        guard !path.isEmpty else { throw CommandFailure("/save needs the name of a file") }
        let object: JSONObject = ["model": .string(model), "messages": .array(conversation.messages)]
        do {
            try (JSONValue.object(object).serialized() + "\n").write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw CommandFailure("\(path): cannot be written; is its folder there, and may you write to it?")
        }
        Terminal.note("saved \(conversation.messages.count) messages")
    }
}

/// Whether somebody pressed Ctrl-C since the last question; two in a row at the prompt end the program.
private final class Interruption: Sendable {
    private let count = Atomic<Int>(0)

    /// Whether the answer is to stop.
    var isSet: Bool { count.load(ordering: .relaxed) > 0 }

    /// A new question begins.
    func reset() { count.store(0, ordering: .relaxed) }

    /// From now on Ctrl-C is counted instead of ending the program; the source listens as long as it is held.
    func listen() -> any DispatchSourceSignal {
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler { [self] in
            if count.wrappingAdd(1, ordering: .relaxed).newValue >= 2 { _exit(130) }
            Terminal.noteInPlace("\n[Ctrl-C again ends]\n")
        }
        source.resume()
        return source
    }
}
