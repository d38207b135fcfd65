/// Everything that can be set, with its default: the only place in the project where a default lives.
///
/// Every stored property has one row in ``SettingsTable``, which says what it means and may be; a test walks both and
/// finds any that is missing.
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
    /// How thinking is handled, and answers that repeat themselves.
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
        /// `model.path`
        package var path = ""
        /// `model.name`
        package var name = ""
        /// `model.any_name`
        package var anyName = false
        /// `model.chat_template`
        package var chatTemplate = ""
        /// `model.quantize`
        package var quantize = "none"
        /// `model.cache_dir`
        package var cacheDir = "auto"
        /// `model.cache_bytes`
        package var cacheBytes = 32 << 30
    }

    /// The listener and what one client may ask of it.
    package struct HTTP: Sendable, Equatable {
        /// `http.host`
        package var host = "127.0.0.1"
        /// `http.port`
        package var port = 8080
        /// `http.api_key`
        package var apiKey = ""
        /// `http.api_key_file`
        package var apiKeyFile = ""
        /// `http.allowed_hosts`
        package var allowedHosts = ""
        /// `http.allowed_origins`
        package var allowedOrigins = ""
        /// `http.max_connections`
        package var maxConnections = 1024
        /// `http.max_head_bytes`
        package var maxHeadBytes = 16_384
        /// `http.max_fields`
        package var maxFields = 100
        /// `http.max_target_bytes`
        package var maxTargetBytes = 8192
        /// `http.max_body_bytes`
        package var maxBodyBytes = 16 << 20
        /// `http.head_seconds`
        package var headSeconds = 10.0
        /// `http.body_seconds`
        package var bodySeconds = 60.0
        /// `http.min_body_rate`
        package var minBodyRate = 500.0
        /// `http.idle_seconds`
        package var idleSeconds = 75.0
        /// `http.stall_seconds`
        package var stallSeconds = 30.0
        /// `http.max_output_bytes`
        package var maxOutputBytes = 4 << 20
        /// `http.keep_alive_seconds`
        package var keepAliveSeconds = 5.0
        /// `http.absorb_retries`
        package var absorbRetries = "retries"
        /// `http.retry_seconds`
        package var retrySeconds = 10.0
        /// `http.retry_bytes`
        package var retryBytes = 64 << 20
        /// `http.request_bytes`
        package var requestBytes = 0
    }

    /// The engine: how much runs at once, and in how much memory.
    package struct Engine: Sendable, Equatable {
        /// `engine.threads`
        package var threads = 0
        /// `engine.spin_us`
        package var spinUs = -1
        /// `engine.pin_threads`
        package var pinThreads = false
        /// `engine.context`
        package var context = 0
        /// `engine.instruction_set`
        package var instructionSet = "auto"
        /// `engine.activations`
        package var activations = "int8"
        /// `engine.max_running`
        package var maxRunning = 64
        /// `engine.max_waiting`
        package var maxWaiting = 256
        /// `engine.step_tokens`
        package var stepTokens = 512
        /// `engine.inter_token_ms`
        package var interTokenMs = 70.0
        /// `engine.speculative`
        package var speculative = "auto"
        /// `engine.draft_tokens`
        package var draftTokens = 0
        /// `engine.draft_always`
        package var draftAlways = false
        /// `engine.draft_hidden`
        package var draftHidden = "pre_norm"
        /// `engine.draft_vocabulary`
        package var draftVocabulary = 0
        /// `engine.page_tokens`
        package var pageTokens = 32
        /// `engine.kv_format`
        package var kvFormat = "bf16"
        /// `engine.kv_bytes`
        package var kvBytes = 0
        /// `engine.stuck_seconds`
        package var stuckSeconds = 60.0
        /// `engine.memory_bytes`
        package var memoryBytes = 0
    }

    /// What a request samples with when it does not say.
    package struct Sampling: Sendable, Equatable {
        /// `sampling.temperature`
        package var temperature = 0.8
        /// `sampling.top_k`
        package var topK = 0
        /// `sampling.top_p`
        package var topP = 0.95
        /// `sampling.min_p`
        package var minP = 0.05
        /// `sampling.repetition_penalty`
        package var repetitionPenalty = 1.0
        /// `sampling.max_tokens`
        package var maxTokens = 0
    }

    /// How messages become a prompt.
    package struct Messages: Sendable, Equatable {
        /// `messages.control_tokens`
        package var controlTokens = "text"
        /// `messages.system`
        package var system = "join"
    }

    /// How thinking is handled, and answers that repeat themselves.
    package struct Reasoning: Sendable, Equatable {
        /// `reasoning.split`
        package var split = "auto"
        /// `reasoning.field`
        package var field = "both"
        /// `reasoning.budget`
        package var budget = -1
        /// `reasoning.max_budget`
        package var maxBudget = -1
        /// `reasoning.break_loops`
        package var breakLoops = true
        /// `reasoning.loop_period`
        package var loopPeriod = 512
        /// `reasoning.loop_repeats`
        package var loopRepeats = 8
        /// `reasoning.loop_tokens`
        package var loopTokens = 512
        /// `reasoning.answer_loop_repeats`
        package var answerLoopRepeats = 16
        /// `reasoning.answer_loop_tokens`
        package var answerLoopTokens = 2048
    }

    /// The forms that requests want their answers to have.
    package struct Structured: Sendable, Equatable {
        /// `structured.whitespace`
        package var whitespace = "flexible"
        /// `structured.additional_properties`
        package var additionalProperties = "closed"
        /// `structured.compile_milliseconds`
        package var compileMilliseconds = 100
        /// `structured.cache_grammars`
        package var cacheGrammars = 64
        /// `structured.cache_bytes`
        package var cacheBytes = 0
    }

    /// How tools are called.
    package struct Tools: Sendable, Equatable {
        /// `tools.format`
        package var format = "auto"
    }

    /// The limits of the API itself.
    package struct API: Sendable, Equatable {
        /// `api.strict_fields`
        package var strictFields = false
        /// `api.priority`
        package var priority = "clamp"
        /// `api.max_choices`
        package var maxChoices = 128
        /// `api.max_prompts`
        package var maxPrompts = 32
        /// `api.max_messages`
        package var maxMessages = 2048
        /// `api.max_stops`
        package var maxStops = 16
        /// `api.max_stop_bytes`
        package var maxStopBytes = 1024
        /// `api.max_logit_bias`
        package var maxLogitBias = 1024
    }

    /// Conversations in the terminal.
    package struct Chat: Sendable, Equatable {
        /// `chat.history`
        package var history = true
    }

    /// How the process ends.
    package struct Shutdown: Sendable, Equatable {
        /// `shutdown.grace_seconds`
        package var graceSeconds = 30.0
    }

    /// The process itself.
    package struct Process: Sendable, Equatable {
        /// `process.core_dumps`
        package var coreDumps = false
    }

    /// What is written to standard error.
    package struct Log: Sendable, Equatable {
        /// `log.level`
        package var level = "info"
        /// `log.format`
        package var format = "text"
        /// `log.trace_requests`
        package var traceRequests = false
    }
}
