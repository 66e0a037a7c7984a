FROM python:3.13-slim AS build

WORKDIR /src
RUN python -m venv /opt/emulator
ENV PATH=/opt/emulator/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# Dependencies first: they change less often than the code. The backend's venv stays behind in this stage.
COPY requirements/runtime.txt requirements/backend.txt requirements/
RUN pip install --require-hashes --requirement requirements/runtime.txt \
    && python -m venv /opt/backend \
    && /opt/backend/bin/pip install --require-hashes --requirement requirements/backend.txt

COPY pyproject.toml README.md LICENSE ./
COPY contracts contracts/
COPY fixtures fixtures/
COPY emulator emulator/
RUN /opt/backend/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /src/dist . \
    && pip install --no-deps --no-index /src/dist/*.whl


FROM python:3.13-slim

RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin emulator
COPY --from=build /opt/emulator /opt/emulator

# Every option of `northflank-emulator serve` is a variable like these. In a container, loopback would reach nobody; and
# as others can reach it now, control is on only for who starts it with NORTHFLANK_EMULATOR_ADMIN_TOKEN.
ENV PATH=/opt/emulator/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NORTHFLANK_EMULATOR_HOST=0.0.0.0 \
    NORTHFLANK_EMULATOR_CONTROL=with-token
USER 10001
EXPOSE 8080

# Asked often, so that whoever waits for `healthy` waits for little more than the start itself.
HEALTHCHECK --interval=2s --timeout=3s --start-period=10s --retries=3 CMD ["northflank-emulator", "health"]
ENTRYPOINT ["northflank-emulator"]
CMD ["serve"]
