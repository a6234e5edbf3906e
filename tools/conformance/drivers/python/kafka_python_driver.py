"""kafka-python, the release of 2019 and the one of today: what differs is asked of the installed version."""

import kafka
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.structs import OffsetAndMetadata

import contract

options = contract.read_arguments()
is_old = kafka.__version__.startswith("1.")


def produce():
    settings = {"enable_idempotence": options.idempotent} if not is_old else {}
    producer = KafkaProducer(
        bootstrap_servers=options.bootstrap,
        acks="all",
        compression_type=None if options.codec == "none" else options.codec,
        max_in_flight_requests_per_connection=1,
        linger_ms=5,
        **settings,
    )
    sent = [
        producer.send(options.topic, key=key, value=value, headers=headers)
        for key, value, headers in contract.read_input(options.input)
    ]
    for each in sent:
        each.get(30)
    producer.close()


class Report(kafka.ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        pass

    def on_partitions_assigned(self, assigned):
        contract.report_assigned(each.partition for each in consumer.assignment())


def committed_at(offset):
    return OffsetAndMetadata(offset, "") if is_old else OffsetAndMetadata(offset, "", -1)


def consume():
    global consumer
    output = contract.Output(options)
    consumer = KafkaConsumer(
        bootstrap_servers=options.bootstrap,
        group_id=options.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=500,
        fetch_max_wait_ms=200,
        **({"isolation_level": "read_committed"} if options.committed else {}),
    )
    consumer.subscribe(options.topics, listener=Report())
    while not output.finished:
        handled = {}
        for partition, messages in consumer.poll(timeout_ms=200).items():
            for message in messages:
                if output.full:
                    break
                output.write(
                    message.topic,
                    message.partition,
                    message.offset,
                    message.key,
                    message.value,
                    message.headers,
                )
                handled[partition] = committed_at(message.offset + 1)
        if handled:
            consumer.commit(handled)
    consumer.close()


def copy():
    plan = contract.CopyPlan(options)
    producer = KafkaProducer(
        bootstrap_servers=options.bootstrap,
        transactional_id=options.transactional_id,
        transaction_timeout_ms=10000,
    )
    producer.init_transactions()
    consumer = KafkaConsumer(
        *options.topics,
        bootstrap_servers=options.bootstrap,
        group_id=options.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        session_timeout_ms=options.session_ms,
        heartbeat_interval_ms=500,
        fetch_max_wait_ms=200,
    )
    while not plan.finished:
        batches = consumer.poll(timeout_ms=200, max_records=plan.room)
        if not batches:
            continue
        for commits in plan.ends():
            transact(producer, consumer, batches, commits)
        plan.committed(sum(len(messages) for messages in batches.values()))
    consumer.close()
    producer.close()


def transact(producer, consumer, batches, commits):
    producer.begin_transaction()
    sent = [
        producer.send(
            options.target,
            partition=message.partition,
            key=message.key,
            value=message.value,
            headers=message.headers,
        )
        for messages in batches.values()
        for message in messages
    ]
    for each in sent:
        each.get(30)
    offsets = {place: committed_at(messages[-1].offset + 1) for place, messages in batches.items()}
    producer.send_offsets_to_transaction(offsets, consumer.group_metadata())
    (producer.commit_transaction if commits else producer.abort_transaction)()


def admin():
    admin = KafkaAdminClient(bootstrap_servers=options.bootstrap)
    topic = options.topic
    configs = {"retention.ms": "3600000"}
    admin.create_topics([NewTopic(topic, 3, 1, topic_configs=configs)])
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    answer = admin.describe_configs([resource])
    reader = KafkaConsumer(bootstrap_servers=options.bootstrap)
    partitions = len(reader.partitions_for_topic(topic))
    admin.delete_topics([topic])
    deleted = topic not in KafkaConsumer(bootstrap_servers=options.bootstrap).topics()
    contract.report({"partitions": partitions, "deleted": deleted, **configs_of(answer)})


def configs_of(answer):
    if is_old:
        entries = {entry[0]: entry[1] for entry in answer.resources[0][4]}
        return {"retentionMs": entries["retention.ms"], "configs": len(entries)}
    entries = answer["topic"][options.topic]  # without the defaults
    return {"retentionMs": entries["retention.ms"]["value"]}


{"produce": produce, "consume": consume, "copy": copy, "admin": admin}[options.verb]()
