import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

import contract

options = contract.read_arguments()


async def produce():
    producer = AIOKafkaProducer(
        bootstrap_servers=options.bootstrap,
        acks="all",
        compression_type=None if options.codec == "none" else options.codec,
        enable_idempotence=options.idempotent,
        linger_ms=5,
    )
    await producer.start()
    sent = [
        await producer.send(options.topic, key=key, value=value, headers=headers)
        for key, value, headers in contract.read_input(options.input)
    ]
    await asyncio.gather(*sent)
    await producer.stop()


class Report(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        pass

    def on_partitions_assigned(self, assigned):
        contract.report_assigned(each.partition for each in assigned)


async def consume():
    output = contract.Output(options)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=options.bootstrap,
        group_id=options.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=500,
        fetch_max_wait_ms=200,
        isolation_level="read_committed" if options.committed else "read_uncommitted",
    )
    consumer.subscribe(options.topics, listener=Report())
    await consumer.start()
    while not output.finished:
        handled = {}
        for partition, messages in (await consumer.getmany(timeout_ms=200)).items():
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
                handled[partition] = message.offset + 1
        if handled:
            await consumer.commit(handled)
    await consumer.stop()


async def copy():
    plan = contract.CopyPlan(options)
    producer = AIOKafkaProducer(
        bootstrap_servers=options.bootstrap,
        transactional_id=options.transactional_id,
        transaction_timeout_ms=10000,
    )
    await producer.start()
    consumer = AIOKafkaConsumer(
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
    await consumer.start()
    while not plan.finished:
        batches = await consumer.getmany(timeout_ms=200, max_records=plan.room)
        if not batches:
            continue
        for commits in plan.ends():
            await transact(producer, batches, commits)
        plan.committed(sum(len(messages) for messages in batches.values()))
    await consumer.stop()
    await producer.stop()


async def transact(producer, batches, commits):
    await producer.begin_transaction()
    sent = [
        await producer.send(
            options.target,
            partition=message.partition,
            key=message.key,
            value=message.value,
            headers=list(message.headers),
        )
        for messages in batches.values()
        for message in messages
    ]
    await asyncio.gather(*sent)
    offsets = {partition: messages[-1].offset + 1 for partition, messages in batches.items()}
    await producer.send_offsets_to_transaction(offsets, options.group)
    await (producer.commit_transaction() if commits else producer.abort_transaction())


async def admin():
    admin = AIOKafkaAdminClient(bootstrap_servers=options.bootstrap)
    await admin.start()
    topic = options.topic
    configs = {"retention.ms": "3600000"}
    await admin.create_topics([NewTopic(topic, 3, 1, topic_configs=configs)])
    described = await admin.describe_topics([topic])
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    entries = {entry[0]: entry[1] for entry in answers[0].resources[0][4]}
    await admin.delete_topics([topic])
    left = await admin.list_topics()
    await admin.close()
    contract.report(
        {
            "partitions": len(described[0]["partitions"]),
            "retentionMs": entries["retention.ms"],
            "configs": len(entries),
            "deleted": topic not in left,
        }
    )


asyncio.run({"produce": produce, "consume": consume, "copy": copy, "admin": admin}[options.verb]())
