# Builds michat with the Swift runtime inside, and puts it alone into a small image.
#
#   docker build -t michat .
#   docker run -p 8080:8080 -v /path/to/models:/models:ro -e MICHAT_MODEL=/models/model.gguf michat
FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib --product michat \
    && strip -o /michat .build/release/michat

FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl3 libstdc++6 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /michat /usr/local/bin/michat
LABEL org.opencontainers.image.title="michat" \
    org.opencontainers.image.description="Serves chat models over OpenAI's API" \
    org.opencontainers.image.licenses="Apache-2.0"
# Settings are given as variables, so that the health check sees the same ones.
ENV MICHAT_HOST=0.0.0.0 \
    MICHAT_MODEL=/models/model.gguf
VOLUME /models
EXPOSE 8080
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=120s CMD ["/usr/local/bin/michat", "health", "--quiet"]
ENTRYPOINT ["/usr/local/bin/michat"]
CMD ["serve"]
