import Dispatch
import Glibc
import HTTPClient
import JSON
import Platform
import Synchronization

/// One conversation: questions from standard input, answers to standard output.
package final class ChatSession {
    private let server: ChatServer
    private var conversation: Conversation
    private let isInteractive = Terminal.isInputInteractive
    /// Where questions are typed; nil for a pipe, or a terminal that cannot be edited on.
    private let prompt: LinePrompt?
    private let interruption = Interruption()

    private static let help = """
        /help               this list
        /model NAME         ask another model of the server; without a name, show them
        /system TEXT        put an instruction first; without text, take it away
        /params NAME=VALUE  set parameters; without anything, show them
        /regenerate         give the last answer again
        /history            show the conversation
        /save FILE          write the conversation as JSON
        /reset              begin anew
        /quit               end

        Enter sends, Alt-Enter begins a new line, and a text pasted as a whole is one question. Arrows move and bring \
        earlier questions back; Ctrl-A, E, K, U, W, Y and L do what they do in a shell. Ctrl-C stops an answer.
        """

    /// A conversation with a server; without a file of the history, questions are not kept.
    package init(server: ChatServer, conversation: Conversation, history: HistoryFile?) {
        self.server = server
        self.conversation = conversation
        prompt = LinePrompt(history: history)
    }

    /// Talks until the input ends; `title` stands before the name of the model.
    /// - Throws: ``ChatError``; where somebody types, only what makes typing impossible.
    package func run(title: String) throws(ChatError) {
        let signals = interruption.listen()
        defer {
            signals.cancel()
            if prompt != nil { LinePrompt.restore() }
        }
        if isInteractive {
            Terminal.note("\(title): \(server.banner)\n/help lists the commands, Ctrl-D ends.")
        }
        while let line = try nextLine() {
            let text = line.drop { $0 == " " }
            guard text.contains(where: { !$0.isWhitespace }) else { continue }
            do throws(ChatError) {
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
        if isInteractive, prompt == nil { Terminal.print("") }
    }

    /// The next question.
    private func nextLine() throws(ChatError) -> String? {
        guard let prompt else { return plainLine() }
        var isWarned = false
        while true {
            interruption.reset()
            switch try Self.read(prompt) {
            case .text(let text):
                prompt.remember(text)
                return text
            case .ended: return nil
            case .cancelled(wasEmpty: false): isWarned = false
            case .cancelled(wasEmpty: true):
                guard !isWarned else { LinePrompt.endProcess(130) }
                isWarned = true
                Terminal.note("[Ctrl-C again ends]")
            }
        }
    }

    private static func read(_ prompt: LinePrompt) throws(ChatError) -> LinePrompt.Entry {
        do {
            return try prompt.read()
        } catch {
            throw ChatError("the terminal: \(error)")
        }
    }

    /// The next line of a pipe; lines that end with a backslash belong together.
    private func plainLine() -> String? {
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
    private func answer() throws(ChatError) {
        interruption.reset()
        var stream = AnswerStream()
        var printer = AnswerPrinter(
            showsThinking: Terminal.isOutputInteractive,
            dims: (ProcessEnvironment.value("NO_COLOR") ?? "").isEmpty)
        let start = Clock.monotonicSeconds()
        do throws(ChatError) {
            let body = conversation.request(model: server.model)
            let exchange = server.client.open(
                ClientRequest("POST", "/v1/chat/completions", body: body),
                limits: .stream(silenceSeconds: ChatServer.silenceSeconds))
            let isStopped = { [interruption] in interruption.isSet }
            exchange.readHead(isStopped: isStopped)
            if !isStopped(), exchange.answer.fault == nil, exchange.answer.status != 200 {
                throw ChatServer.refusal(exchange.whole())
            }
            while !stream.isDone, let part = exchange.nextPart(isStopped: isStopped) {
                Terminal.write(printer.text(for: try stream.consume(part)))
            }
            if let fault = exchange.answer.fault, !isStopped() { throw ChatError("\(fault)") }
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

    /// Carries out a command; false ends the conversation.
    private func obey(_ line: String) throws(ChatError) -> Bool {
        let word = line.prefix { $0 != " " }
        let rest = String(line.dropFirst(word.count).drop { $0 == " " })
        switch word {
        case "/quit", "/exit": return false
        case "/help": Terminal.note(Self.help)
        case "/model":
            if !rest.isEmpty { try server.choose(rest) }
            for name in server.models { Terminal.note((name == server.model ? "* " : "  ") + Terminal.harmless(name)) }
        case "/reset": conversation.reset()
        case "/system": conversation.setSystem(rest)
        case "/history":
            for message in conversation.messages {
                let role = message["role"]?.stringValue ?? ""
                Terminal.print("\(role): \(Terminal.harmless(message["content"]?.stringValue ?? ""))")
            }
        case "/params":
            if !rest.isEmpty { try conversation.setParameters(rest) }
            for (key, value) in conversation.parameters { Terminal.note("\(key)=\(value.serialized())") }
        case "/regenerate":
            guard conversation.takeBackAnswer() else { throw ChatError("there is no answer yet") }
            try answer()
        case "/save": try save(rest)
        default: throw ChatError("\(word) is no command; /help lists them")
        }
        return true
    }

    private func save(_ path: String) throws(ChatError) {
        guard !path.isEmpty else { throw ChatError("/save needs the name of a file") }
        let object: JSONObject = ["model": .string(server.model), "messages": .array(conversation.messages)]
        do {
            let file = try NewFile(path: path, isPrivate: false)
            try file.write(Array((JSONValue.object(object).serialized() + "\n").utf8))
            try file.commit()
        } catch {
            throw ChatError("\(path): cannot be written; is its folder there, and may you write to it?")
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
            if count.wrappingAdd(1, ordering: .relaxed).newValue >= 2 { LinePrompt.endProcess(130) }
            Terminal.noteInPlace("\n[Ctrl-C again ends]\n")
        }
        source.resume()
        return source
    }
}
