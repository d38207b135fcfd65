/// Everything that can be set, with its default: the only place in the project where a default lives.
///
/// Every stored property has one row in ``SettingsTable``; a test walks both and finds any that is missing.
package struct Configuration: Sendable, Equatable {
    /// Which model is served, and under which name.
    package var model: Model
    /// The listener and what one client may ask of it.
    package var http: HTTP
    /// The engine: how much runs at once, and in how much memory.
    package var engine: Engine
    /// What a request samples with when it does not say.
    package var sampling: Sampling
    /// How messages become a prompt.
    package var messages: Messages
    /// What becomes of thinking, and of answers that go in circles.
    package var reasoning: Reasoning
    /// The forms that requests want their answers to have.
    package var structured: Structured
    /// How tools are called.
    package var tools: Tools
    /// The limits of the API itself.
    package var api: API
    /// Conversations in the terminal.
    package var chat: Chat
    /// How the process ends.
    package var shutdown: Shutdown
    /// The process itself.
    package var process: Process
    /// What is written to standard error.
    package var log: Log

    /// The defaults.
    package init() {
        self.model = Model()
        self.http = HTTP()
        self.engine = Engine()
        self.sampling = Sampling()
        self.messages = Messages()
        self.reasoning = Reasoning()
        self.structured = Structured()
        self.tools = Tools()
        self.api = API()
        self.chat = Chat()
        self.shutdown = Shutdown()
        self.process = Process()
        self.log = Log()
    }

    /// Which model is served, and under which name.
    package struct Model: Sendable, Equatable {
        /// The GGUF file, or the folder.
        package var path = ""
        /// The names in `/v1/models`, the first of which answers carry by default; empty: the name of the file.
        package var name = ""
        /// Whether requests may call the model by any name.
        package var anyName = false
        /// A file with a chat template that replaces the one in the model.
        package var chatTemplate = ""
        /// What weights that are stored as plain numbers become while they are loaded; `none`: they stay.
        package var quantize = "none"
        /// Where quantised weights are kept for the next start; `auto`: the usual place, empty or `none`: nowhere.
        package var cacheDir = "auto"
        /// Bytes that this folder may hold.
        package var cacheBytes = 32 << 30
    }

    /// The listener and what one client may ask of it.
    package struct HTTP: Sendable, Equatable {
        /// Address or host name to listen on.
        package var host = "127.0.0.1"
        /// Port; 0 lets the system choose one.
        package var port = 8080
        /// The key that clients must send.
        package var apiKey = ""
        /// A file with one key a line.
        package var apiKeyFile = ""
        /// Names that Host may carry besides the loopback ones, separated by commas.
        package var allowedHosts = ""
        /// Origins of web pages that may call, separated by commas.
        package var allowedOrigins = ""
        /// Connections at once.
        package var maxConnections = 1024
        /// Bytes of a request's line and headers.
        package var maxHeadBytes = 16_384
        /// Header fields of a request.
        package var maxFields = 100
        /// Bytes of a request's target.
        package var maxTargetBytes = 8192
        /// Bytes of a request's body.
        package var maxBodyBytes = 16 << 20
        /// Seconds for a whole head to arrive.
        package var headSeconds = 10.0
        /// Seconds for a whole body to arrive.
        package var bodySeconds = 60.0
        /// Bytes a second at which a body must arrive at least.
        package var minBodyRate = 500.0
        /// Seconds that a connection may wait for its next request.
        package var idleSeconds = 75.0
        /// Seconds that a reader may take nothing.
        package var stallSeconds = 30.0
        /// Bytes of output that wait for a slow reader.
        package var maxOutputBytes = 4 << 20
        /// Seconds between two comments in a stream that has nothing else to say.
        package var keepAliveSeconds = 5.0
        /// Which requests join an answer under way to the same request: `off`, `retries` or `always`.
        package var absorbRetries = "retries"
        /// Seconds that an answer goes on at most when its client has left and may come back.
        package var retrySeconds = 10.0
        /// Bytes of all answers that are held for those who may come back.
        package var retryBytes = 64 << 20
        /// Bytes that all requests under way may take; 0: an eighth of the memory limit.
        package var requestBytes = 0
    }

    /// The engine: how much runs at once, and in how much memory.
    package struct Engine: Sendable, Equatable {
        /// Threads that compute; 0: one for each usable core.
        package var threads = 0
        /// Microseconds that an idle compute thread spins before it sleeps; below 0: 50, or 0 with more threads than cores.
        package var spinUs = -1
        /// Whether compute threads are bound to cores.
        package var pinThreads = false
        /// Tokens of context of one request; 0: the model's, at most 8192.
        package var context = 0
        /// Kernels: `auto` or one by name.
        package var instructionSet = "auto"
        /// What products with quantised weights take: `int8` or `f32`.
        package var activations = "int8"
        /// Sequences that run at once.
        package var maxRunning = 64
        /// Sequences that wait.
        package var maxWaiting = 256
        /// Tokens of one step.
        package var stepTokens = 512
        /// Milliseconds that a step may take beside running streams when it also reads prompts; 0: no bound.
        package var interTokenMs = 70.0
        /// Where drafts of the next tokens come from: `none`, `mtp`, `ngram` or `auto`.
        package var speculative = "auto"
        /// Most drafts of a sequence in a step; 0: as many as pay.
        package var draftTokens = 0
        /// Draft whether or not it pays.
        package var draftAlways = false
        /// Which hidden state the drafting layer takes: `pre_norm` or `post_norm`.
        package var draftHidden = "pre_norm"
        /// How many tokens, from the first on, can be drafted; 0: the usual number.
        package var draftVocabulary = 0
        /// Tokens of one KV page.
        package var pageTokens = 32
        /// How keys and values are kept.
        package var kvFormat = "bf16"
        /// Bytes of the KV cache; 0: four full contexts, or what fits.
        package var kvBytes = 0
        /// Seconds without a sign of life after which the engine counts as stuck.
        package var stuckSeconds = 60.0
        /// Memory that the process may take; 0: what the machine or its control group allows.
        package var memoryBytes = 0
    }

    /// What a request samples with when it does not say.
    package struct Sampling: Sendable, Equatable {
        /// 0 is greedy.
        package var temperature = 0.8
        /// 0: all tokens.
        package var topK = 0
        /// 1: all tokens.
        package var topP = 0.95
        /// 0: all tokens.
        package var minP = 0.05
        /// 1: none.
        package var repetitionPenalty = 1.0
        /// Tokens of an answer; 0: as many as the context has room for.
        package var maxTokens = 0
    }

    /// How messages become a prompt.
    package struct Messages: Sendable, Equatable {
        /// What names of control tokens in messages are: `text` or `tokens`.
        package var controlTokens = "text"
        /// What becomes of system messages that a template would drop or refuse: `join` or `strict`.
        package var system = "join"
    }

    /// What becomes of thinking, and of answers that go in circles.
    package struct Reasoning: Sendable, Equatable {
        /// When it is told from the answer: `auto`, `always` or `never`.
        package var split = "auto"
        /// The names under which it is sent.
        package var field = "both"
        /// Tokens of thinking when a request does not say; -1: no bound.
        package var budget = -1
        /// The most that a request may ask for; -1: no bound.
        package var maxBudget = -1
        /// Whether circles are broken.
        package var breakLoops = true
        /// Tokens of the longest circle that is noticed.
        package var loopPeriod = 512
        /// How often a circle must have been run through in thinking.
        package var loopRepeats = 8
        /// Tokens that all of them together must have in thinking.
        package var loopTokens = 512
        /// How often a circle must have been run through in an answer.
        package var answerLoopRepeats = 16
        /// Tokens that all of them together must have in an answer.
        package var answerLoopTokens = 2048
    }

    /// The forms that requests want their answers to have.
    package struct Structured: Sendable, Equatable {
        /// Between the parts of JSON, where a request does not say: `flexible` or `compact`.
        package var whitespace = "flexible"
        /// What objects may have besides the properties that their schema declares, where it does not say: `closed` or
        /// `open`.
        package var additionalProperties = "closed"
        /// Processor time that compiling one schema or grammar may take, in milliseconds.
        package var compileMilliseconds = 100
        /// Most grammars that are kept.
        package var cacheGrammars = 64
        /// Bytes that they may take; 0: a sixteenth of the memory limit.
        package var cacheBytes = 0
    }

    /// How tools are called.
    package struct Tools: Sendable, Equatable {
        /// How the model writes calls: `auto`, `none` or a format's name.
        package var format = "auto"
    }

    /// The limits of the API itself.
    package struct API: Sendable, Equatable {
        /// Refuse a request with an unknown field instead of naming it in a header.
        package var strictFields = false
        /// What becomes of `priority`: `off`, `clamp` or `on`.
        package var priority = "clamp"
        /// Choices of one request (`n`).
        package var maxChoices = 128
        /// Prompts of one `/v1/completions` request.
        package var maxPrompts = 32
        /// Messages of one conversation.
        package var maxMessages = 2048
        /// Stop strings of one request.
        package var maxStops = 16
        /// Bytes of one stop string.
        package var maxStopBytes = 1024
        /// Entries of one `logit_bias`.
        package var maxLogitBias = 1024
    }

    /// Conversations in the terminal.
    package struct Chat: Sendable, Equatable {
        /// Whether questions are kept for the next time.
        package var history = true
    }

    /// How the process ends.
    package struct Shutdown: Sendable, Equatable {
        /// Seconds that running requests have to finish.
        package var graceSeconds = 30.0
    }

    /// The process itself.
    package struct Process: Sendable, Equatable {
        /// Let a crash leave a core file.
        package var coreDumps = false
    }

    /// What is written to standard error.
    package struct Log: Sendable, Equatable {
        /// The least level that is written.
        package var level = "info"
        /// `text` or `json`.
        package var format = "text"
        /// Write the name of every hop of every request.
        package var traceRequests = false
    }
}
